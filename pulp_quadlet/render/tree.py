"""All files of one host, and the links that lead systemd, Podman and tmpfiles to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pulp_quadlet.errors import Location, Problem, SiteError
from pulp_quadlet.model.deployment import BuiltImage, Deployment, Directory, TextFile
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Link, Tree, home
from pulp_quadlet.quadlet.systemd import tmpfiles_word
from pulp_quadlet.quadlet.version import PodmanVersion
from pulp_quadlet.render.units import WrittenUnit, units
from pulp_quadlet.resources import fill
from pulp_quadlet.selinux.structure import problems as labels

# Older generators follow links to files, but not a link to a folder inside their search path (podman#23755).
_FOLLOWS_FOLDERS = PodmanVersion(5, 3)

Locate = Callable[[SitePath], Location | None]


def render(deployment: Deployment, target: Target, locate: Locate = lambda _path: None) -> Tree:
    """The tree for a target.

    `locate` finds the place of a key in the site file, for problems. Raises SiteError with all values that cannot be
    written for the target's version of Podman.
    """
    written = tuple(units(deployment, target))
    found = (*(each for unit in written for each in unit.problems), *labels(deployment))
    problems = [_placed(problem, locate(origin)) for origin, problem in found]
    if problems:
        raise SiteError(*_merged(problems))
    return Tree(
        site=deployment.site,
        files=(
            *(unit.file for unit in written),
            *(_below("config", file) for file in deployment.configs),
            *_recipes(deployment),
            TextFile(path="tmpfiles.conf", text=_tmpfiles(deployment)),
            *_policy(deployment),
        ),
        links=_links(deployment.site, written, target),
        units=tuple(unit.unit for unit in written),
        digests=tuple((unit.unit.name, unit.digest) for unit in written),
        configs=tuple((_service(unit), unit.config) for unit in written if unit.config),
    )


def _service(unit: WrittenUnit) -> str:
    return unit.unit.name.removesuffix(".container")


def _merged(problems: list[Problem]) -> Iterator[Problem]:
    """One value that many units use is one problem."""
    groups: dict[tuple[str, str, Location | None], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.message, problem.where), []).append(problem)
    for first, *others in groups.values():
        more = (f"and so in {len(others)} more unit{'s' if len(others) > 1 else ''}",) if others else ()
        yield replace(first, notes=(*first.notes, *more))


def _placed(problem: Problem, where: Location | None) -> Problem:
    return replace(problem, where=where or problem.where)


def _below(folder: str, file: TextFile) -> TextFile:
    return TextFile(path=f"{folder}/{file.path}", text=file.text, mode=file.mode)


def _recipes(deployment: Deployment) -> tuple[TextFile, ...]:
    built = (image for image in deployment.images if isinstance(image, BuiltImage))
    return tuple(_below(f"images/{image.role}", file) for image in built for file in image.context)


def _policy(deployment: Deployment) -> tuple[TextFile, ...]:
    """A generation can be loaded again without its site file."""
    modules = deployment.policy.modules if deployment.policy else ()
    return tuple(TextFile(path=f"selinux/{module.name}.cil", text=module.text) for module in modules)


def _tmpfiles(deployment: Deployment) -> str:
    lines = [_tmpfiles_line(directory) for directory in deployment.directories]
    return fill("tmpfiles.j2", site=deployment.site, lines=lines)


def _tmpfiles_line(directory: Directory) -> str:
    owner = directory.owner
    return f"d {tmpfiles_word(directory.path)} {directory.mode:04o} {owner.uid} {owner.gid} -"


def _links(site: str, written: tuple[WrittenUnit, ...], target: Target) -> tuple[Link, ...]:
    """Links to each unit of systemd, and to the folder of Quadlets: `current` is what is switched."""
    current = f"{home(site)}/current"
    quadlets = "/etc/containers/systemd"
    if target.podman < _FOLLOWS_FOLDERS:
        files = (unit.file.path for unit in written if unit.file.path.startswith("quadlet/"))
        to_quadlets = tuple(
            Link(path=f"{quadlets}/{path.removeprefix('quadlet/')}", target=f"{current}/{path}") for path in files
        )
    else:
        to_quadlets = (Link(path=f"{quadlets}/{site}", target=f"{current}/quadlet"),)
    names = [unit.unit.name for unit in written if unit.file.path.startswith("systemd/")]
    system = "/etc/systemd/system"
    return (
        *to_quadlets,
        *(Link(path=f"{system}/{name}", target=f"{current}/systemd/{name}") for name in names),
        Link(path=f"{system}/multi-user.target.wants/{site}.target", target=f"{system}/{site}.target"),
        Link(path=f"/etc/tmpfiles.d/pulp-quadlet-{site}.conf", target=f"{current}/tmpfiles.conf"),  # noqa: S108  # no temporary file
    )
