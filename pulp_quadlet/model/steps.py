"""What is done to a host, step by step, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pulp_quadlet.model.deployment import BuiltImage, Image, Secret
from pulp_quadlet.model.policy import PolicyModule
from pulp_quadlet.model.removals import Removal, Why, counted
from pulp_quadlet.model.tree import Tree


def _modules(verb: str, names: tuple[str, ...]) -> str:
    return f"{verb} SELinux {'module' if len(names) == 1 else 'modules'} {', '.join(names)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideImage:
    """Build an image, or pull it."""

    image: Image
    why: Why
    there: bool = False
    """Whether it only has to be looked at, or to be named again."""

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"{self._verb} {self.image.reference}"

    @property
    def _verb(self) -> str:
        if isinstance(self.image, BuiltImage):
            return "name" if self.there else "build"
        if self.there:
            return "look into"
        return "load" if self.image.archive else "pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideSecret:
    """Make up a secret, or copy it from its file."""

    secret: Secret
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"{'copy' if self.secret.file else 'make'} secret {self.secret.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file or link that becomes different."""

    kind: Literal["add", "change", "remove"]
    path: str
    cause: str = ""
    """The keys of the site file that ask for it, where they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """Switch to a generation that was written beside the one that runs."""

    tree: Tree = field(repr=False)
    changes: tuple[Change, ...]
    expected: int = 0
    """The generation that the plan was made for; another one means that somebody else was here."""
    number: int = 0
    """The generation to switch to; 0 until it is written."""
    obsolete: tuple[str, ...] = ()
    """Links of the generation before that nothing needs any more."""
    why: Why = ()

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"install {counted(len(self.changes), 'file')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDirectories:
    """Make the folders of the host, with owner and mode."""

    paths: tuple[str, ...]
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"make {counted(len(self.paths), 'folder')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadUnits:
    """Let systemd and Podman's generator read the units again."""

    why: Why
    title: str = "reload units"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUnits:
    """Start units at the same time; systemd keeps to their order where one needs another."""

    units: tuple[tuple[str, Why], ...]
    """Each with its own reasons."""
    marks: tuple[tuple[str, str], ...] = ()
    """What is remembered of services that run once, when they have run."""

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"start {self.units[0][0]}" if len(self.units) == 1 else f"start {len(self.units)} units"

    @property
    def why(self) -> Why:
        """The reasons of a single unit; for several, that each has its own."""
        return self.units[0][1] if len(self.units) == 1 else ("they are not running as they should",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUnit:
    """Stop, restart or reload one unit, and wait until systemd says that it is done."""

    verb: Literal["stop", "restart", "reload"]
    unit: str
    why: Why
    alone: bool = False
    """Leave the units that depend on it running."""
    mark: str = ""
    """What is remembered when it is done: with what a service has run once, or which configuration it has read."""

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"{self.verb} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPolicy:
    """Give SELinux the modules of the site, all at once: it takes all of them or none."""

    modules: tuple[PolicyModule, ...] = field(repr=False)
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return _modules("load", tuple(module.name for module in self.modules))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePolicy:
    """Take modules from SELinux again."""

    names: tuple[str, ...]
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return _modules("remove", self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabel:
    """Give files the labels that the policy has for them: whole folders of the site, and nothing else."""

    paths: tuple[str, ...]
    why: Why
    spared: tuple[str, ...] = ()
    """Folders below those that are as they should be, and can hold millions of files."""
    before: str = ""
    """What is remembered of labels until it is done, so that it is begun anew when it is interrupted."""
    after: str = ""

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"label {counted(len(self.paths), 'folder')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitGone:
    """Wait until no process of Pulp counts as running for its database, on whichever host it ran."""

    why: Why
    title: str = "wait until no process of Pulp counts as running"


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpDatabase:
    """Dump the database of this host, as a way back from what cannot be undone."""

    why: Why
    title: str = "dump the database"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePlugin:
    """Remove all that a plugin has in the database, by the image that still has it. No process of Pulp runs."""

    package: str
    generation: int
    """The one with that image."""
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"remove the data of {self.package}"


Step = (
    AwaitGone
    | DumpDatabase
    | RemovePlugin
    | ProvideImage
    | ProvideSecret
    | Install
    | LoadPolicy
    | MakeDirectories
    | Relabel
    | ReloadUnits
    | RemovePolicy
    | StartUnits
    | ChangeUnit
    | Removal
)
