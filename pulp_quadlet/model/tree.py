"""What is laid down on a host: files of one generation, and links from where others look for them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.paths import HOME
from pulp_quadlet.quadlet.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link at an absolute path. Its target goes through `current`, so that one rename switches them all."""

    path: str
    target: str

    @property
    def text(self) -> str:
        """The target relative to the link's folder, so that it also holds below another root."""
        return posixpath.relpath(self.target, posixpath.dirname(self.path))

    @property
    def starts(self) -> bool:
        """Whether it is what has systemd start a unit at boot."""
        return posixpath.dirname(self.path).endswith(".wants")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All that is rendered for one host."""

    site: str
    files: tuple[TextFile, ...]
    """By paths relative to the generation, such as `quadlet/pulp-web.container`."""
    links: tuple[Link, ...]
    units: tuple[Unit, ...]
    """The units as values, to be found again in what Podman's generator makes of their files; none in a generation
    that was read from the disk.
    """
    digests: tuple[tuple[str, str], ...]
    """For each unit by the name of its file, the digest of its text."""
    configs: tuple[tuple[str, str], ...] = ()
    """For each service, the digest of the configuration that it reads."""

    @property
    def unit_names(self) -> tuple[str, ...]:
        """What systemd calls the units of the files: Podman's generator makes services of Quadlets."""
        return tuple(name for file in self.files if (name := unit_name(file.path)))

    def owns(self, link: Link, found: str | None) -> bool:
        """Whether what stands in a link's place is the site's: a link of this text, or one into its generations."""
        return found is not None and (found == link.text or f"pulp-quadlet/{self.site}/" in found)


def home(site: str) -> str:
    """The folder of a site's generations."""
    return f"{HOME}/{site}"


def unit_name(path: str) -> str:
    """What systemd calls the unit of a file of a tree; nothing for a file that is no unit (podman-systemd.unit(5))."""
    folder, _, name = path.rpartition("/")
    if folder == "systemd":
        return name
    stem, _, suffix = name.rpartition(".")
    if folder != "quadlet":
        return ""
    return f"{stem}.service" if suffix == "container" else f"{stem}-{suffix}.service"
