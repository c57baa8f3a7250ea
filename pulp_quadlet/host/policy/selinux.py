"""SELinux of this host: what it is, which of our modules it has, which labels files carry, and how that is changed.

Everything that changes is run by systemd, outside of the agent's sandbox: the agent itself may not touch the policy.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.outside import AGENT, outside
from pulp_quadlet.host.policy.store import PRIORITY, PolicyStore
from pulp_quadlet.model.policy import BASE, PolicyModule
from pulp_quadlet.model.target import SelinuxTarget
from pulp_quadlet.model.verdict import SelinuxFound
from pulp_quadlet.paths import HOME, RUN, is_below
from pulp_quadlet.planning.labels import file_contexts, types

Run = Callable[[Sequence[str]], command.Finished]
SCRATCH = Path(RUN)
_LABEL = "security.selinux"
_OUR_DOMAIN = ":pulp_quadlet_agent_t:"
_LOCKED = 180.0  # seconds; another change of the policy takes ten, or a minute where no processor helps with it
_AGAIN = 1.0
_ANSWERS = 2.0  # seconds in which whoever asked for it hears that it is done
_TOOLS = "/usr/sbin:/sbin:/usr/bin:/bin"
_KEPT_LINES = 20


class Selinux:
    """SELinux of the system below a root; what changes, changes this running system."""

    def __init__(self, root: Path = Path("/"), scratch: Path = SCRATCH, run: Run | None = None) -> None:
        self._root = root
        self._scratch = scratch
        self._run = run or _outside
        self._store = PolicyStore(root)

    # --- what is there --------------------------------------------------------------------------------------------

    def target(self) -> SelinuxTarget | None:
        """What a policy for this host depends on; None where there is no SELinux. Raises HostError."""
        store = self._store
        if not store.active:
            return None
        return SelinuxTarget(
            flavour=store.flavour(),
            policy=store.policy,
            enforcing=store.enforcing,
            ports=store.ports(self._scratch),
        )

    def policies(self) -> dict[str, str] | None:
        """Our modules that are loaded, with their texts; None where there is no SELinux. Raises HostError."""
        return self._store.ours() if self._store.active else None

    def found(self) -> SelinuxFound:
        """In short, for those who judge how a site is."""
        if not self._store.active:
            return SelinuxFound(state="off")
        state: Literal["enforcing", "permissive"] = "enforcing" if self._store.enforcing else "permissive"
        return SelinuxFound(state=state, modules=self._store.loaded())

    def labels(self, paths: Iterable[str]) -> dict[str, str]:
        """The types that these paths carry themselves; those that are not there are left out."""
        found = ((path, self._type_of(path)) for path in paths) if self._store.active else ()
        return {path: kind for path, kind in found if kind}

    def confined(self) -> bool:
        """Whether this process runs in the domain that our shared module declares."""
        try:
            return _OUR_DOMAIN in Path("/proc/self/attr/current").read_text(encoding="ascii", errors="replace")
        except OSError:
            return False

    def _type_of(self, path: str) -> str:
        try:
            label = os.getxattr(self._root / path.lstrip("/"), _LABEL, follow_symlinks=False)
        except OSError:
            return ""
        return label.rstrip(b"\0").decode(errors="replace").split(":")[2] if label.count(b":") > 1 else ""

    # --- what changes ---------------------------------------------------------------------------------------------

    async def load(self, modules: tuple[PolicyModule, ...]) -> None:
        """All of them at once, or none."""
        self._scratch.mkdir(mode=0o755, exist_ok=True)
        await self._load(modules, self._scratch)

    async def _load(self, modules: tuple[PolicyModule, ...], scratch: Path) -> None:
        # SELinux names a module after its file
        with tempfile.TemporaryDirectory(prefix="policy-", dir=scratch) as name:
            folder = Path(name)
            for module in modules:
                (folder / f"{module.name}.cil").write_text(module.text, encoding="utf-8")
            files = [word for module in modules for word in ("-i", str(folder / f"{module.name}.cil"))]
            await self._change("semodule", "-X", str(PRIORITY), *files)

    async def remove(self, names: tuple[str, ...]) -> None:
        """Those of them that are loaded. Files whose types go with them have none, until they are labelled anew."""
        ours = self._store.ours()
        there = {name: ours[name] for name in names if name in ours}
        if not there:
            return
        if BASE in ours and BASE not in there:
            await self._keep_readable(there.values(), ours[BASE])
        await self._change("semodule", "-X", str(PRIORITY), *(word for name in there for word in ("-r", name)))

    async def _keep_readable(self, leaving: Iterable[str], base: str) -> None:
        """What the agent writes gets the type that the shared module has for it: else the agent, which that module
        confines, could not even read what is left to do.
        """
        kind = types(file_contexts((base,))).get(HOME)
        below = self._there(path for path in _plain(leaving) if is_below(path, (HOME,)))
        if kind is None or not below:
            return
        done = await asyncio.to_thread(self._run, ("chcon", "-Rh", "-t", kind, *below))
        if done.status != 0:
            raise HostError(
                Problem(
                    code="label-refused",
                    message=f"files in {HOME} could not be given another label, so the policy was left as it is",
                    notes=tuple(done.stderr.splitlines()[-_KEPT_LINES:]),
                )
            )

    async def relabel(self, paths: tuple[str, ...], spared: tuple[str, ...], listener: command.Listener) -> None:
        """These paths and all below them but the spared folders; those that are not there are left out."""
        there = self._there(paths)
        if there and self._store.active:
            but = [word for path in self._there(spared) for word in ("-e", path)]
            await command.follow(outside((_tool("restorecon"), "-RF", *but, *there)), listener)

    def _there(self, paths: Iterable[str]) -> list[str]:
        return [path for path in paths if os.path.lexists(self._root / path.lstrip("/"))]

    async def confine_agent(self, base: PolicyModule) -> None:
        """Load the shared module, which has a domain for the agent, unless that is loaded; label what it names, since
        files that were installed anew have lost their labels.
        """
        ours = self.policies() or {}
        if ours.get(BASE) != base.text:
            # semodule(8) may not read our folders before this very module lets it
            await self._load((base,), Path(tempfile.gettempdir()))
        others = _plain(text for name, text in ours.items() if name != BASE)
        await self.relabel(_plain((base.text,)), others, lambda _line: None)

    async def unload(self) -> bool:
        """Remove the shared module and give its files the labels of the system again, if no site needs it."""
        ours = self.policies() or {}
        if list(ours) != [BASE]:
            return False
        await self.remove((BASE,))
        await self.relabel(_plain(ours.values()), (), lambda _line: None)
        return True

    async def _change(self, *argv: str) -> None:
        """A change of the policy is all or nothing. It is not left half-way when we are cancelled: whoever goes back
        then would find it locked.
        """
        changing = asyncio.ensure_future(self._changed(argv))
        try:
            await asyncio.shield(changing)
        except asyncio.CancelledError:
            await asyncio.wait((changing,))
            raise

    async def _changed(self, argv: Sequence[str]) -> None:
        """Somebody else may change the policy at the same time; semodule(8) waits for five seconds only."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _LOCKED
        while (done := await asyncio.to_thread(self._run, argv)).status != 0:
            if "lock" not in done.stderr.lower() or loop.time() > end:
                raise HostError(
                    Problem(
                        code="policy-refused",
                        message="SELinux did not take the change of its policy, which is as it was",
                        notes=tuple(done.stderr.splitlines()[-_KEPT_LINES:]),
                        help=("`semodule -lfull` shows what is loaded: an older module may stand in the way",),
                    )
                )
            await asyncio.sleep(_AGAIN)


def _plain(texts: Iterable[str]) -> tuple[str, ...]:
    """Paths that these modules have labels for."""
    return tuple(dict.fromkeys(each.stem for each in file_contexts(texts) if each.plain))


def end_the_agent() -> None:
    """It goes back first with what it is at, and starts again when it is called."""
    time.sleep(_ANSWERS)
    command.run(("systemctl", "stop", AGENT))


def _outside(argv: Sequence[str]) -> command.Finished:
    return command.run(outside((_tool(argv[0]), *argv[1:])))


def _tool(name: str) -> str:
    """Its path: /usr/sbin is not everywhere among the places where programs are looked for."""
    found = shutil.which(name, path=_TOOLS)
    if found is None:
        raise HostError(
            Problem(
                code="command-missing",
                message=f"`{name}` is not on this host, which has SELinux",
                help=("install policycoreutils",),
            )
        )
    return found
