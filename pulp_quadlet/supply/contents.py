"""What the program `units/images/contents.py` printed of an image, as a value."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.model.contents import Contents, Ecosystem, Packed


def contents(said: Any) -> Contents:
    """Of its JSON. Raises KeyError, TypeError or ValueError when it is none."""
    return Contents(
        packages=(
            *(_python(each) for each in said["python"]),
            *(_of_system(each, "deb") for each in said["debian"]),
            *(_of_system(each, "rpm") for each in said["rpm"]),
        ),
        distribution=str(said["distribution"]["id"]),
        release=str(said["distribution"]["version"]),
        foreign=bool(said["foreign"]),
        stray=tuple(map(str, said["stray"])),
    )


def _python(said: Any) -> Packed:
    return Packed(
        ecosystem="pypi",
        name=str(said["name"]),
        version=str(said["version"]),
        where=str(said["where"]),
        licence=str(said["licence"]),
        files=str(said["files"]),
        wrong=_wrong(said),
    )


def _of_system(said: Any, ecosystem: Ecosystem) -> Packed:
    return Packed(
        ecosystem=ecosystem,
        name=str(said["name"]),
        version=str(said["version"]),
        architecture=str(said["architecture"]),
        licence=str(said.get("licence", "")),
        files=str(said["files"]),
        wrong=_wrong(said),
    )


def _wrong(said: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(path), str(how)) for path, how in said["wrong"])
