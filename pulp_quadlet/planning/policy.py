"""What SELinux has to be told: modules to load and to remove, and files that have to be labelled.

Modules are loaded before anything needs their types, and removed after everything has ceased to: a process whose type
is gone may do nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.plan import Blame, Drift
from pulp_quadlet.model.policy import BASE, Policy, module_of
from pulp_quadlet.model.steps import LoadPolicy, Relabel, RemovePolicy
from pulp_quadlet.paths import is_below
from pulp_quadlet.planning.labels import (
    MARK,
    UNKNOWN,
    file_contexts,
    read_mark,
    types,
    wanted_mark,
    write_mark,
)


def load_policy(policy: Policy | None, state: HostState, blame: Blame) -> Iterator[LoadPolicy]:
    """One step for all modules of the site, since they belong together."""
    if policy is None or state.policies is None:
        return
    why = [reason for module in policy.modules if (reason := _why(module.name, module.text, state, blame)) is not None]
    if why:
        yield LoadPolicy(modules=policy.modules, why=tuple(why))


def label(policy: Policy | None, state: HostState) -> Iterator[Relabel]:
    """What has to be labelled before the services start."""
    if policy is None or state.policies is None:
        return
    wanted, known = wanted_mark(policy), _known(state)
    kinds = types(file_contexts(module.text for module in policy.modules))
    new = {root for root in wanted if known.get(root) != wanted[root]}
    astray = {root for root in wanted if _is_astray(root, kinds, state)}
    if new or astray:
        why = ["the labels below are new, so all files there are looked at"] if new else []
        why += [f"{root} carries {state.labels[root]}, not {kinds[root]}" for root in sorted(astray - new)]
        left = {root: digest for root, digest in known.items() if root not in wanted}
        yield _relabel(
            new | astray,
            spared=wanted.keys() - new - astray,
            why=tuple(why),
            before={**known, **dict.fromkeys(new | astray, UNKNOWN)},
            after={**wanted, **left},
        )


def leave_policy(deployment: Deployment, state: HostState) -> Iterator[RemovePolicy | Relabel]:
    """What is taken back when nothing runs any more that needed it."""
    if state.policies is None:
        return
    policy, known = deployment.policy, _known(state)
    names = tuple(_unwanted(deployment, state))
    if names:
        yield RemovePolicy(names=names, why=("the site has none any more",))
    wanted = wanted_mark(policy) if policy else {}
    left = known.keys() - wanted.keys()
    # what is shared stays as it is while there is another site
    shared = () if BASE in names else file_contexts((state.policies.get(BASE, ""),))
    changed = left - types(shared).keys()
    if changed:
        yield _relabel(
            changed,
            spared=wanted.keys() | (left - changed),
            why=("they get the labels of the system again, since the site has them no more",),
            before={**known, **wanted},
            after=wanted,
        )


def _relabel(
    roots: AbstractSet[str],
    *,
    spared: AbstractSet[str],
    why: tuple[str, ...],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> Relabel:
    """Each path once, however they lie in each other."""
    outer = tuple(sorted(root for root in roots if not is_below(root, roots - {root})))
    inner = tuple(sorted(root for root in spared if is_below(root, outer)))
    return Relabel(paths=outer, spared=inner, why=why, before=write_mark(before), after=write_mark(after))


def policy_drift(policy: Policy | None, state: HostState) -> Iterator[Drift]:
    """Modules that are not as they were loaded, and labels that are not as they were given. A module that is as it is
    wanted now is not astray: the shared one came with another site.
    """
    if state.policies is None:
        return
    wanted = {module.name: module.text for module in policy.modules} if policy else {}
    applied = {_name(path): text for path, text in state.files.items() if _name(path)}
    for name, text in sorted(applied.items()):
        found = state.policies.get(name)
        if f"selinux/{name}.cil" not in state.altered and found not in {text, wanted.get(name, text)}:
            how = "was altered by hand" if name in state.policies else "was removed"
            yield Drift(what=f"SELinux module {name}", how=how)
    kinds, known = types(file_contexts(applied.values())), _known(state)
    for root in sorted(known):
        if _is_astray(root, kinds, state):
            yield Drift(what=root, how=f"carries the label {state.labels[root]}, not {kinds[root]}")


def _why(name: str, text: str, state: HostState, blame: Blame) -> str | None:
    found = state.policies or {}
    path = f"selinux/{name}.cil"
    if found.get(name) == text:
        return None
    if state.files.get(path) == text:
        return f"{name} was altered by hand" if name in found else f"{name} was removed"
    return f"{name} {'changed' if name in found else 'is new'}{blame(path)}"


def _unwanted(deployment: Deployment, state: HostState) -> Iterator[str]:
    """The site's own module, and the shared one when no other site needs it."""
    found = state.policies or {}
    wanted = {module.name for module in deployment.policy.modules} if deployment.policy else set()
    own = module_of(deployment.site)
    if own in found and own not in wanted:
        yield own
    others = [name for name in found if name not in {BASE, own}]
    if BASE in found and not wanted and not others and not state.confined:
        yield BASE


def _is_astray(root: str, kinds: dict[str, str], state: HostState) -> bool:
    return root in kinds and root in state.labels and state.labels[root] != kinds[root]


def _known(state: HostState) -> dict[str, str]:
    return read_mark(state.runs.get(MARK, ""))


def _name(path: str) -> str:
    """The module that a file of a generation holds."""
    folder, _, file = path.rpartition("/")
    return file.removesuffix(".cil") if folder == "selinux" and file.endswith(".cil") else ""
