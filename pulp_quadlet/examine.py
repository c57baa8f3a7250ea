"""Compare what was meant with what Podman's generator made of it: a flag that got lost is an error.

Podman's generator drops some values without a word (a `DropCapability="all` loses `--cap-drop` altogether), so its
silence proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pulp_quadlet.errors import Location, Problem
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.quadlet.expected import lost
from pulp_quadlet.quadlet.unit import Unit, resource_names

Locate = Callable[[SitePath], Location | None]


def examine(tree: Tree, generated: Generated, locate: Locate) -> Iterator[Problem]:
    """Everything that is wrong with the generated services, with the place in the site file that asked for it."""
    names = resource_names(tree.units)
    for unit in tree.units:
        if unit.section:
            yield from _examine_unit(unit, generated, names, locate)
    for file, message in generated.messages:
        yield Problem(code="generator", message=f"Podman's generator says of {file or 'the units'}: {message}")
    for line in generated.verified:
        yield Problem(code="systemd", message=f"systemd says: {line}")


def _examine_unit(unit: Unit, generated: Generated, names: dict[str, str], locate: Locate) -> Iterator[Problem]:
    text = generated.services.get(unit.service)
    if text is None:
        yield Problem(code="unit-refused", message=f"Podman's generator made no service of {unit.name}")
        return
    for entry in lost(unit, text, names):
        yield Problem(
            code="lost-flag",
            message=f"`{entry.key}={' '.join(entry.words)}` of {unit.name} is not in the generated {unit.service}",
            where=locate(entry.origin),
            notes=("Podman's generator dropped or changed it",),
        )
