"""A generation as data: what its manifest on the disk holds of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pulp_quadlet.host.former import of_today
from pulp_quadlet.model.codec import from_data, to_data
from pulp_quadlet.model.deployment import Deployment, TextFile
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.tree import Link, Tree


def data_of(generation: Generation) -> dict[str, Any]:
    """All of it: the files beside it can be altered by hand, and are then written anew from here."""
    tree = generation.tree
    # their texts are among the files
    deployment = replace(generation.deployment, configs=())
    return {
        "origin": to_data(generation.origin),
        "deployment": to_data(deployment),
        "files": [[file.path, file.mode, file.text] for file in tree.files],
        "links": [[link.path, link.target] for link in tree.links],
        "digests": dict(tree.digests),
        "configs": dict(tree.configs),
    }


@lru_cache(maxsize=2)
def generation_of(site: str, text: str) -> Generation:
    """What the text of a manifest says. A change asks for the old one and the new one many times: these two are kept.

    Raises KeyError, TypeError or ValueError where this is none.
    """
    data: Mapping[str, Any] = json.loads(text)
    deployment = from_data(Deployment, of_today(data["deployment"]))
    origin = from_data(Origin, data["origin"])
    tree = Tree(
        site=site,
        files=tuple(TextFile(path=path, text=text, mode=mode) for path, mode, text in data["files"]),
        links=tuple(Link(path=path, target=target) for path, target in data["links"]),
        units=(),
        digests=tuple(data["digests"].items()),
        configs=tuple(data["configs"].items()),
    )
    return Generation(deployment=deployment, tree=tree, origin=origin)
