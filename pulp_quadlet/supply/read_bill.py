"""What a bill of materials of ours says, as far as an audit needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.contents import Bill, Ecosystem, Packed
from pulp_quadlet.supply.bill import PREFIX


def read_bill(text: str, path: str) -> Bill:
    """The bill in a text. Raises HostError when it is none of ours."""
    try:
        said = json.loads(text)
        image = said["metadata"]["component"]
        libraries = (each for each in said.get("components", ()) if each["type"] == "library")
        return Bill(
            reference=image["name"],
            id=image["version"].removeprefix("sha256:"),
            packages=tuple(_package(each) for each in libraries),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HostError(
            Problem(
                code="bill-unreadable",
                message=f"the bill of materials {path} cannot be read",
                notes=(f"{type(error).__name__}: {error}",),
                help=(f"remove {path}: `pulp-quadlet image sbom` writes a new one, of what is there now",),
            )
        ) from None


def _package(said: Mapping[str, Any]) -> Packed:
    kept = {each["name"].removeprefix(PREFIX): each["value"] for each in said.get("properties", ())}
    kind = said["purl"].removeprefix("pkg:").partition("/")[0]
    return Packed(
        ecosystem=cast("Ecosystem", kind),
        name=said["name"],
        version=said["version"],
        where=kept.get("where", ""),
        architecture=kept.get("architecture", ""),
        files=kept.get("files", ""),
    )
