"""A Quadlet unit as a value: what it means, not how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# The name of the service that Podman's generator makes of `a.network` is `a-network.service`, and so on.
_SERVICE_SUFFIX: Final = {
    ".container": "",
    ".kube": "",
    ".network": "-network",
    ".volume": "-volume",
    ".pod": "-pod",
    ".image": "-image",
    ".build": "-build",
}
_TRUTH: Final = dict.fromkeys(("1", "yes", "true", "on"), True) | dict.fromkeys(("0", "no", "false", "off"), False)
_SECTION: Final = {
    ".container": "Container",
    ".network": "Network",
    ".volume": "Volume",
    ".pod": "Pod",
    ".image": "Image",
    ".build": "Build",
}
_NAME_KEY: Final = {
    ".container": "ContainerName",
    ".network": "NetworkName",
    ".volume": "VolumeName",
    ".pod": "PodName",
    ".build": "ImageTag",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One `Key=` of a unit, by its literal meaning.

    `value` is a string for a single value and a tuple of words for a list; an assignment is `("NAME", "value")`.
    Nothing in it is quoted or escaped, and `%` and `$` stand for themselves. `origin` is the path in the site file
    that asked for it, such as `("workers", "memory")`.
    """

    section: str
    key: str
    value: str | tuple[str, ...]
    origin: tuple[str | int, ...] = ()

    @property
    def truth(self) -> bool | None:
        """What the value says where it says yes or no, in any of the words of systemd.syntax(7); None otherwise."""
        return _TRUTH.get(self.value) if isinstance(self.value, str) else None

    @property
    def words(self) -> tuple[str, ...]:
        """The value as words, whichever of the two forms it has."""
        return (self.value,) if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Unit:
    """One file below /etc/containers/systemd or /etc/systemd/system: `name` is its file name."""

    name: str
    entries: tuple[Entry, ...]
    comment: str = ""

    @property
    def section(self) -> str:
        """The section that Quadlet reads (`Container`, `Network`...); empty for a unit of systemd itself."""
        return _SECTION.get(self.suffix, "")

    @property
    def service(self) -> str:
        """The service that Podman's generator makes of this unit; a unit of systemd is its own."""
        if self.suffix not in _SERVICE_SUFFIX:
            return self.name
        given = self.last("ServiceName")
        return f"{given or self._stem + _SERVICE_SUFFIX[self.suffix]}.service"

    @property
    def resource(self) -> str | None:
        """What Podman calls the container, network, volume, pod or image; None for a unit that makes no such thing.

        An `.image` unit is known by its `ImageTag` or else its `Image`, a `.build` unit by its first `ImageTag`
        (podman-systemd.unit(5)); the others are called `systemd-` and the name of the file unless they say otherwise.
        """
        match self.suffix:
            case ".image":
                return self.last("ImageTag") or self.last("Image")
            case ".build":
                return next((entry.words[0] for entry in self.all("ImageTag") if entry.words), None)
            case suffix if suffix in _NAME_KEY:
                return self.last(_NAME_KEY[suffix]) or f"systemd-{self._stem}"
            case _:
                return None

    def all(self, key: str, section: str = "") -> tuple[Entry, ...]:
        """Every entry with this key, in order; the section is Quadlet's own unless given."""
        wanted = section or self.section
        return tuple(entry for entry in self.entries if entry.section == wanted and entry.key == key)

    def last(self, key: str, section: str = "") -> str | None:
        """The value that counts where the last one wins."""
        found = self.all(key, section)
        return found[-1].words[-1] if found and found[-1].words else None

    @property
    def suffix(self) -> str:
        """What the kind of unit is told by: `.container`."""
        return "." + self.name.rpartition(".")[2]

    @property
    def _stem(self) -> str:
        return self.name.rpartition(".")[0]


def resource_names(units: Iterable[Unit]) -> dict[str, str]:
    """File name -> Podman's name, for units that others refer to (`Network=a.network`, `Image=a.build`)."""
    return {unit.name: unit.resource for unit in units if unit.resource is not None}
