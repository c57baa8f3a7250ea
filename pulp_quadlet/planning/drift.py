"""What on a host is not as it was applied, though nobody asked for it in the site file."""

from __future__ import annotations

from collections.abc import Iterator

from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.plan import Drift
from pulp_quadlet.model.tree import unit_name


def drift(state: HostState) -> Iterator[Drift]:
    """A row for each file, unit and container that differs from the generation that is applied."""
    for path in sorted(state.altered):
        how = "was altered by hand" if path in state.files else "was removed"
        yield Drift(what=path, how=how)
    for name, unit in sorted(state.units.items()):
        if unit.needs_reload:
            yield Drift(what=name, how="is older in systemd than on the disk")
    for name, container in sorted(state.containers.items()):
        applied = state.digests.get(f"{name}.container")
        if applied is None:
            yield Drift(what=f"container {name}", how="runs, and no unit of the site says so")
        elif container.digest != applied:
            yield Drift(what=f"container {name}", how="was not started from the unit that is applied")
        elif state.read_altered(f"quadlet/{name}.container", container):
            yield Drift(what=f"container {name}", how="was started from a unit that was altered by hand")
    for path in sorted(state.files):
        name = unit_name(path)
        if path.endswith((".container", ".socket")) and not state.unit(name).runs:
            yield Drift(what=name, how=f"is {state.unit(name).active}")
