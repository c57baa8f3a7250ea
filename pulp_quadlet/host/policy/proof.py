"""Compile a site's policy together with that of a host, and ask the result: no kernel with SELinux is needed for it,
only `secilc` and setools, in the versions of the host whose policy it is.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.policy.modules import PolicyModules, flavour_of, is_ours, packed, tcp_ports, unpacked
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.target import SelinuxTarget
from pulp_quadlet.resources import folder
from pulp_quadlet.selinux import proof
from pulp_quadlet.selinux.assertions import assertions
from pulp_quadlet.selinux.flavour import facts_of

_NEVERALLOW = re.compile(rb"^\s*\(neverallow .*$", re.MULTILINE)
_TOOLS = (
    "Debian and its kin: apt install secilc python3-setools",
    "Fedora and its kin: dnf install secilc python3-setools",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was asked, and what is wrong."""

    rows: int
    questions: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are: of this system, or of another one below a root."""

    root: Path = Path("/")

    def run(self, *argv: str) -> command.Finished:
        """A program, to its end."""
        inside = () if self.root == Path("/") else ("chroot", str(self.root))
        return command.run((*inside, *argv))

    def seen(self, path: Path) -> str:
        """A path as the programs see it."""
        return f"/{path.relative_to(self.root)}" if self.root != Path("/") else str(path)

    @property
    def scratch(self) -> Path:
        """A folder for a while."""
        return self.root / "tmp"


class BasePolicy:
    """The modules of a policy store, such as /var/lib/selinux/targeted, without ours."""

    def __init__(self, store: Path) -> None:
        self.store = store
        found = PolicyModules(store).that_count()
        self.modules = {name: unpacked(packed(path)) for name, path in found.items() if not is_ours(name)}

    def target(self) -> SelinuxTarget:
        """What a site is compiled for. Raises HostError when it is no policy, or has none of containers."""
        flavour = flavour_of(self.modules.get("container", b""))
        if flavour is None:
            raise HostError(
                Problem(
                    code="no-container-policy",
                    message=f"{self.store} holds no SELinux policy that knows containers",
                    help=("name the folder of a policy, such as /var/lib/selinux/targeted",),
                )
            )
        ports = tuple(label for text in self.modules.values() for label in tcp_ports(text))
        return SelinuxTarget(flavour=flavour, policy=self.store.name, ports=ports)


def prove(
    sites: Sequence[Deployment],
    target: SelinuxTarget,
    base: BasePolicy,
    tools: Tools,
    alter: Callable[[str, str], str] = lambda _name, text: text,
) -> Proof:
    """Compile the policies of sites that share a host, and compare. Raises HostError where they cannot be compiled at
    all, or a tool is missing.

    `alter` may change a module's text before it is compiled: how else would a test know that a change is found?
    """
    facts = facts_of(target)
    with tempfile.TemporaryDirectory(prefix="pulp-quadlet-policy-", dir=tools.scratch) as name:
        place = Path(name)
        for site in sites:
            for module in site.policy.modules if site.policy else ():
                (place / f"{module.name}.cil").write_text(alter(module.name, module.text), encoding="utf-8")
        (place / "bare.cil").write_text(proof.BARE_MODULE, encoding="utf-8")
        for module_name, text in base.modules.items():
            # those of others are not ours to prove: that of containers breaks some of Fedora's
            (place / f"of-host-{module_name}.cil").write_bytes(_NEVERALLOW.sub(b"", text))
        compile_policy(place, tools)
        policy = tools.seen(place / "policy")
        told = [ask(place, proof.questions(site, facts, policy), tools) for site in sites]
    pairs = list(zip(sites, told, strict=True))
    return Proof(
        rows=sum(len(assertions(site, facts)) for site in sites),
        questions=sum(len(each["answers"]) for each in told),
        problems=tuple(problem for site, each in pairs for problem in proof.wrong(site, facts, each)),
    )


def compile_policy(place: Path, tools: Tools) -> None:
    """All CIL files of a folder into the file `policy` in it."""
    files = sorted(tools.seen(path) for path in place.glob("*.cil"))
    output = ("-o", tools.seen(place / "policy"), "-f", tools.seen(place / "contexts"))
    done = _tool(tools, "secilc", "-m", "-M", "true", "-c", "33", *output, *files)
    if done.status:
        raise HostError(
            Problem(
                code="policy-not-compiled",
                message="the policy cannot be compiled together with that of the host",
                notes=tuple(done.stderr.splitlines()[-20:]),
            )
        )


def ask(place: Path, questions: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """What setools answers."""
    (place / "ask.py").write_text((folder("selinux") / "ask.py").read_text(encoding="utf-8"), encoding="utf-8")
    (place / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    done = _tool(tools, "/usr/bin/python3", tools.seen(place / "ask.py"), tools.seen(place / "questions.json"))
    if done.status:
        raise _missing("setools") if "No module named" in done.stderr else _failed(done)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _tool(tools: Tools, *argv: str) -> command.Finished:
    try:
        done = tools.run(*argv)
    except HostError as error:
        raise _missing(argv[0]) from error
    if done.status == 127:  # of chroot(1): there is no such program
        raise _missing(argv[0])
    return done


def _missing(what: str) -> HostError:
    return HostError(Problem(code="command-missing", message=f"`{what}` is not on this machine", help=_TOOLS))


def _failed(done: command.Finished) -> HostError:
    return HostError(
        Problem(
            code="policy-not-asked",
            message="setools could not read the compiled policy",
            notes=tuple(done.stderr.splitlines()[-5:]),
        )
    )
