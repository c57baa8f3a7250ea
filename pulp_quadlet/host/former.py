"""Manifests that an older version wrote, read as if this one had: a host must not lose its history by an update."""

from __future__ import annotations

from typing import Any


def of_today(deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment as it is read today.

    Folders of nginx and of the routes were named volumes once. What a former generation made of them stands in its
    files, which are kept as they are; only the values are not of use any more.
    """
    if "volumes" not in deployment:
        return deployment
    kept = {key: value for key, value in deployment.items() if key != "volumes"}
    return {**kept, "services": [_without_volumes(service) for service in kept.get("services", ())]}


def _without_volumes(service: dict[str, Any]) -> dict[str, Any]:
    mounts = [mount for mount in service.get("mounts", ()) if mount.get("kind") != "volume"]
    return {**service, "mounts": mounts}
