"""Whether an image of Pulp will do, by what `units/images/inspection.py` told of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pulp_quadlet.errors import Problem
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.plugins import PLUGINS

SAID = "pulp-quadlet inspection: "
_PROGRAMS = ("pulpcore-api", "pulpcore-content", "pulpcore-manager", "pulpcore-worker")
_CORE = "pulpcore"
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is in an image."""

    python: str
    packages: Mapping[str, str]
    plugins: tuple[str, ...]
    """Packages that announce a plugin of Pulp; pulpcore has some itself."""
    programs: tuple[str, ...]
    user: str
    """The name of user 700."""
    static: bool
    """Whether static files were collected."""
    rpmrc: bool
    routes: str
    """Why the web server's routes to plugins cannot be made."""
    broken: tuple[tuple[str, str], ...]
    """What could not be loaded: the package, where it is known, and the error."""
    errors: tuple[str, ...]
    """Of Pulp's own checks."""

    @property
    def components(self) -> dict[str, str]:
        """Pulpcore and the plugins with their versions: what has to be the same for all processes of a site."""
        return {name: self.packages.get(name, "") for name in sorted({_CORE, *self.plugins})}


def inspection_in(lines: Iterable[str]) -> Inspection | None:
    """The last inspection in the output of a build or of a container; None where there is none."""
    found = [line.partition(SAID)[2] for line in lines if SAID in line]
    if not found:
        return None
    try:
        said = json.loads(found[-1])
        lists = {name: tuple(said[name]) for name in ("plugins", "programs", "errors")}
        broken = tuple((each["package"], each["error"]) for each in said["broken"])
        return Inspection(**{**said, **lists, "broken": broken})
    except (ValueError, KeyError, TypeError):
        return None


def judge(image: str, found: Inspection, lock: Lock | None = None) -> tuple[Problem, ...]:
    """All reasons why the image is not used."""
    clauses = (*_loading(found), *_layout(found), *_other_than_locked(found, lock))
    return tuple(
        Problem(code="image-unfit", message=f"the image {image} is not used: {clause}", help=todo)
        for clause, todo in clauses
    )


def unknown(found: Inspection) -> tuple[str, ...]:
    """Plugins of which it is not known what they need of SELinux and of the system."""
    return tuple(name for name in found.plugins if name != _CORE and name not in PLUGINS)


def differences(main: Inspection, other: Inspection) -> tuple[str, ...]:
    """In what the Pulp of an image for one role differs from the one that the others run, a clause each."""
    ours, theirs = main.components, other.components
    return tuple(
        f"{name} {theirs.get(name) or 'is missing'}, and {ours.get(name) or 'none'} in the main image"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    )


_Clause = tuple[str, tuple[str, ...]]


def _loading(found: Inspection) -> Iterator[_Clause]:
    for package, error in found.broken:
        what = f"{package} cannot be loaded" if package else "Pulp cannot be loaded in it"
        known = ("leave the plugin out, or take another version of it",) if package and package != _CORE else ()
        yield f"{what}: {error}", known
    for error in found.errors:
        yield f"Pulp's own check says {error}", ()


def _layout(found: Inspection) -> Iterator[_Clause]:
    if _CORE not in found.packages:
        yield "there is no Pulp in it", ("give an image such as `quay.io/pulp/pulp-minimal:stable`",)
        return
    missing = [name for name in _PROGRAMS if name not in found.programs]
    if missing:
        yield f"it has no program {', '.join(f'`{name}`' for name in missing)}", ()
    if not found.user:
        yield "it has no user with the number 700, as which Pulp runs", ()
    if not found.static and not found.broken:
        yield (
            "it has no static files in /var/lib/operator/static",
            ("run `pulpcore-manager collectstatic` in its build",),
        )
    if "pulp-rpm" in found.plugins and not found.rpmrc:
        yield "it has pulp-rpm, but no /usr/lib/rpm/rpmrc", ("install rpm, or rpm-common, in its build",)
    if found.routes:
        yield found.routes, ()


def _other_than_locked(found: Inspection, lock: Lock | None) -> Iterator[_Clause]:
    if lock is None:
        return
    if found.python != lock.python:
        yield f"its Python is {found.python}, and the lock is for {lock.python}", ("`pulp-quadlet plugin upgrade`",)
    wanted = {package.name: package.version for package in lock.packages}
    other = [
        f"{name} {found.packages.get(name, 'missing')} instead of {wanted.get(name, 'none')}"
        for name in sorted(wanted.keys() | found.packages.keys())
        if found.packages.get(name) != wanted.get(name)
    ]
    if other:
        more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
        yield f"it has other packages than the lock: {', '.join(other[:_SHOWN])}{more}", ()
