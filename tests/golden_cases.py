"""The golden cases: folders with a site file, an optional target, and every file that it renders to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from pulp_quadlet.config.source import SourceText
from pulp_quadlet.model.target import Flavour, SelinuxTarget, Target
from pulp_quadlet.pipeline import Compiled, compile_site
from pulp_quadlet.quadlet.version import PodmanVersion

FOLDER = Path(__file__).parent / "golden"
CASES = tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
STATIC = Path(__file__).parents[1] / "units"


@dataclass(frozen=True, slots=True)
class Slice:
    """What one host of a case gets; a case with several hosts has one folder for each."""

    case: str
    host: str | None
    compiled: Compiled

    @property
    def folder(self) -> Path:
        return FOLDER / self.case / "tree" / (self.host or "")

    def files(self) -> dict[str, str]:
        """Every rendered file by its path, and the links. Programs that are shipped as they are stand in `units/`."""
        tree = self.compiled.tree
        found = {file.path: file.text for file in tree.files if not _is_static(file.path, file.text)}
        found["links.txt"] = "".join(f"{link.path} -> {link.text}\n" for link in tree.links)
        return found


def slices(case: str) -> tuple[Slice, ...]:
    """A case, compiled for each of its hosts."""
    lock = FOLDER / case / "pylock.site.toml"
    source = SourceText(
        f"{case}/site.toml",
        (FOLDER / case / "site.toml").read_text(encoding="utf-8"),
        lock.read_text(encoding="utf-8") if lock.exists() else None,
    )
    target = FOLDER / case / "target.toml"
    facts = tomli.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    hosts: tuple[str | None, ...] = tuple(tomli.loads(source.text).get("hosts", ())) or (None,)
    return tuple(Slice(case, host, compile_site(source, _target(facts, host))) for host in hosts)


def _target(facts: dict[str, Any], host: str | None) -> Target:
    version = PodmanVersion.parse(facts.get("podman", "5.4.2"))
    ca_bundle = "/etc/ssl/certs/ca-certificates.crt"
    return Target(podman=version, ca_bundle=ca_bundle, host=host, selinux=_selinux(facts.get("selinux")))


def _selinux(facts: dict[str, Any] | None) -> SelinuxTarget | None:
    if facts is None:
        return None
    flavour: Flavour = facts["flavour"]
    return SelinuxTarget(flavour=flavour, policy="default" if flavour == "refpolicy" else "targeted")


def _is_static(path: str, text: str) -> bool:
    name = path.rpartition("/")[2]
    places = (STATIC / "config" / "pulp" / name, STATIC / "config" / "routes" / name, STATIC / "images" / name)
    return any(place.is_file() and place.read_text(encoding="utf-8") == text for place in places)
