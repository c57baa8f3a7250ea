"""What a reference from one unit to another becomes on podman's command line (podman-systemd.unit(5))."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulp_quadlet.quadlet.keys import Key


def refer(found: Key, value: str, names: Mapping[str, str]) -> str | None:
    """`value` as podman gets it: the name of the resource in place of the unit's file name.

    None where that depends on a unit which `names` does not tell of; what refers to nothing is given back as it is.
    """
    match found.name:
        case "Network":
            name, colon, options = value.partition(":")
            network = _resource(name, (".network", ".container"), names)
            if network is not None and name.endswith(".container"):
                network = f"container:{network}"
            return None if network is None else f"{network}{colon}{options}"
        case "Volume":
            source, colon, rest = value.partition(":")
            volume = _resource(source, (".volume",), names)
            return None if volume is None else f"{volume}{colon}{rest}"
        case "Mount":
            fields = [_mounted(field, names) for field in value.split(",")]
            return None if None in fields else ",".join(each for each in fields if each is not None)
        case "Image":
            return _resource(value, (".image", ".build"), names)
        case "Pod":
            return _resource(value, (".pod",), names)
        case _:
            return value


def _mounted(field: str, names: Mapping[str, str]) -> str | None:
    name, equals, value = field.partition("=")
    if name != "source":
        return field
    source = _resource(value, (".volume", ".image"), names)
    return None if source is None else name + equals + source


def _resource(name: str, suffixes: tuple[str, ...], names: Mapping[str, str]) -> str | None:
    path = PurePosixPath(name)
    if name.startswith("/") or path.suffix not in suffixes:
        return name
    if name in names:
        return names[name]
    return f"systemd-{path.stem}" if path.suffix in {".network", ".volume", ".pod", ".container"} else None
