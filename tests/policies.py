"""A policy for tests of what loads it: short, and with all that matters there."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.policy import BASE, Policy, PolicyModule, module_of

_ASKED = "# policy: "


def policy(*roots: str, site: str = "pulp", rule: str = "") -> Policy:
    """One with these labelled paths."""
    lines = [
        f'(filecon "{root}(/.*)?" any (system_u object_r {kind(root, site)} ((s0) (s0))))' for root in sorted(roots)
    ]
    own = PolicyModule(name=module_of(site), text="\n".join([f"; {rule}", *lines, ""]))
    return Policy(modules=(PolicyModule(name=BASE, text="; shared\n"), own), roots=roots)


def kind(root: str, site: str = "pulp") -> str:
    """The type that such a path carries."""
    return f"pq_{site}{root.replace('/', '_')}_t"


def with_policy(generation: Generation, made: Policy) -> Generation:
    """The same generation with a policy, as the compiler would put it there."""
    files = (TextFile(path=f"selinux/{module.name}.cil", text=module.text) for module in made.modules)
    tree = replace(generation.tree, files=(*generation.tree.files, *files))
    return replace(generation, deployment=replace(generation.deployment, policy=made), tree=tree)


def confined(generation: Generation, text: str) -> Generation:
    """The generation with the policy that a comment in its site file asks for, by its paths."""
    asked = next((line.removeprefix(_ASKED) for line in text.splitlines() if line.startswith(_ASKED)), "")
    return with_policy(generation, policy(*asked.split(), rule=asked)) if asked else generation
