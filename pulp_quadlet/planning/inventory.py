"""What there is of a site on a host, from its generations and from what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.inventory import Inventory
from pulp_quadlet.model.removals import Removal, RemoveFolders, RemoveImages, RemoveNetworks
from pulp_quadlet.model.steps import RemovePolicy, Step
from pulp_quadlet.model.tree import home, unit_name
from pulp_quadlet.paths import are_nested
from pulp_quadlet.planning.plan import data_folders

_OURS = ("/run/pulp-quadlet/", "/var/lib/pulp-quadlet/")
"""Where we make folders that hold nothing worth keeping; below all others they may be somebody else's."""
_WHY = ("the site is uninstalled",)


def folders(site: str, past: Iterable[Generation]) -> tuple[str, ...]:
    """Paths that can be made anew, whether or not they are there. The site's own folder comes last: what is not
    finished is known by it.
    """
    data = {path for each in past for path in data_folders(each.deployment)}
    made = (directory.path for each in past for directory in each.deployment.directories)
    spare = (path for path in made if path.startswith(_OURS) and not _holds_data(path, data))
    return (*dict.fromkeys(spare), f"/run/pulp-quadlet/{site}", f"/run/pulp-quadlet/same-{site}", home(site))


def kept(site: str, past: Iterable[Generation]) -> tuple[str, ...]:
    """Paths that stay, whether or not they are there."""
    data = (path for each in past for path in data_folders(each.deployment))
    return tuple(dict.fromkeys((*data, f"/var/lib/pulp-quadlet/{site}/dumps")))


def inventory(  # noqa: PLR0913  what there is of a site is found on as many sides
    site: str,
    past: dict[int, Generation],
    *,
    state: HostState,
    others: Sequence[Deployment],
    removals: tuple[Step, ...],
    present: frozenset[str],
) -> Inventory:
    """`others` are what other sites of this host run, `present` the paths that are there, and `removals` the steps that
    bring the host to nothing of this site.
    """
    generations = past.values()
    used = {image.reference for each in others for image in each.images}
    images = dict.fromkeys(image.reference for each in generations for image in each.deployment.images)
    return Inventory(
        site=site,
        units=tuple(sorted(name for path in state.files if (name := unit_name(path)))),
        links=tuple(sorted(state.links)),
        generations=tuple(sorted(past)),
        networks=tuple(sorted({name for each in generations for name in _networks(each)})),
        images=tuple(reference for reference in images if reference not in used),
        policies=tuple(name for step in removals if isinstance(step, RemovePolicy) for name in step.names),
        folders=tuple(path for path in folders(site, generations) if path in present),
        data=tuple(path for path in kept(site, generations) if path in present),
        secrets=tuple(sorted({secret.name for each in generations for secret in each.deployment.secrets})),
    )


def removals(found: Inventory) -> Iterator[Removal]:
    """What is left to do when nothing of the site runs any more."""
    if found.networks:
        yield RemoveNetworks(names=found.networks, why=_WHY)
    if found.images:
        yield RemoveImages(references=found.images, why=_WHY)
    if found.folders:
        yield RemoveFolders(paths=found.folders, why=_WHY)


def _networks(generation: Generation) -> Iterator[str]:
    """units/network.j2 names them after the site."""
    if any(file.path.endswith(".network") for file in generation.tree.files):
        yield generation.site


def _holds_data(path: str, data: set[str]) -> bool:
    return any(are_nested(path, each) for each in data)
