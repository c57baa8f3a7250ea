"""A host made of dictionaries: it does what steps say, remembers it, and can be told to fail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.deployment import Deployment, Image, Secret
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.host_state import ContainerState, HostState, SecretState, UnitState
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.model.verdict import Observations
from pulp_quadlet.quadlet.version import PodmanVersion

UP = UnitState(load="loaded", active="active", sub="running", result="success")


@dataclass
class FakeHost:
    """Behaves like a host on which every step succeeds, but for those whose title is in `broken`."""

    state: HostState = field(default_factory=HostState)
    broken: set[str] = field(default_factory=set)
    did: list[str] = field(default_factory=list)
    clock: float = 1000.0
    tree: Tree | None = None
    deployment: Deployment | None = None
    observations: Observations = field(default_factory=Observations)

    async def target(self, host: str | None) -> Target:
        return Target(podman=PodmanVersion(5, 4), host=host)

    async def observe(self, deployment: Deployment, tree: Tree) -> HostState:
        self.deployment = deployment
        return self.state

    async def generate(self, tree: Tree) -> Generated | None:
        return None

    async def look(self, deployment: Deployment) -> Observations:
        return self.observations

    async def provide_image(self, image: Image) -> None:
        self._do(f"image {image.role}")
        self._become(images={**self.state.images, image.reference: f"id-of-{image.reference}"})

    async def provide_secret(self, secret: Secret) -> None:
        self._do(f"secret {secret.name}")
        self._become(secrets={**self.state.secrets, secret.name: SecretState(updated=self.clock)})

    async def install(self, tree: Tree, expected: str, obsolete: tuple[str, ...]) -> None:
        self._do("install")
        self.tree = tree
        links: dict[str, str | None] = {link.path: link.text for link in tree.links}
        self._become(files={file.path: file.text for file in tree.files}, links=links)

    async def make_directories(self, site: str) -> None:
        self._do("directories")
        assert self.deployment is not None
        self._become(directories=frozenset(directory.path for directory in self.deployment.directories))

    async def reload_units(self) -> None:
        self._do("reload")
        units = {name: replace(unit, needs_reload=False) for name, unit in self.state.units.items()}
        self._become(units=units)

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        self._do(f"{verb} {unit}")
        self._change(verb, unit, alone=alone)

    async def start_units(self, units: tuple[str, ...]) -> None:
        for unit in units:
            self._do(f"start {unit}")
            self._change("start", unit, alone=True)

    def _change(self, verb: str, unit: str, *, alone: bool) -> None:
        name = unit.removesuffix(".service")
        if verb == "reload":
            return
        if verb == "stop":
            self._become(units={**self.state.units, unit: replace(UP, active="inactive", sub="dead")})
            return
        started = {unit, *(self._users(name) if verb == "restart" and not alone else ())}
        self._become(units={**self.state.units, **dict.fromkeys(started, UP)})
        for each in started:
            self._run(each.removesuffix(".service"))

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        self._become(runs={**self.state.runs, unit: mark})

    def _users(self, name: str) -> set[str]:
        """Units that systemd restarts together with this one."""
        assert self.deployment is not None
        return {f"{s.name}.service" for s in self.deployment.services if name in s.requires}

    def _run(self, name: str) -> None:
        """A container is there from now on, made of what is installed."""
        assert self.deployment is not None
        service = next((s for s in self.deployment.services if s.name == name and not s.once), None)
        if service is None or self.tree is None:
            return
        self.clock += 1
        container = ContainerState(
            image=self.state.images[service.image],
            digest=dict(self.tree.digests)[f"{name}.container"],
            config=dict(self.tree.configs)[name],
            id=f"{name}-{self.clock:.0f}",
            created=self.clock,
            health="healthy",
        )
        self._become(containers={**self.state.containers, name: container})

    def _do(self, what: str) -> None:
        if what in self.broken:
            raise HostError(Problem(code="broken", message=f"{what} failed", notes=("the fake host was told so",)))
        self.did.append(what)

    def _become(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by dataclasses
