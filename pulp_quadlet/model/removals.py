"""Steps that take away what nothing uses any more."""

from __future__ import annotations

from dataclasses import dataclass

Why = tuple[str, ...]


def counted(number: int, noun: str) -> str:
    """`1 folder`, `2 folders`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNetworks:
    """Remove networks of Podman, which stay when the units that made them are stopped."""

    names: tuple[str, ...]
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"remove {counted(len(self.names), 'network')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveImages:
    """Remove images that no container uses."""

    references: tuple[str, ...]
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"remove {counted(len(self.references), 'image')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFolders:
    """Remove folders with all that is in them, which can be made anew."""

    paths: tuple[str, ...]
    why: Why

    @property
    def title(self) -> str:
        """What is done, in the present tense."""
        return f"remove {counted(len(self.paths), 'folder')}"


Removal = RemoveNetworks | RemoveImages | RemoveFolders
