"""Site to deployment: every service is asked what it needs on this host, and the answers are put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from pulp_quadlet.config.tables import Site
from pulp_quadlet.errors import Problem, SiteError
from pulp_quadlet.images import images
from pulp_quadlet.model.deployment import Deployment, Directory, Image
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.model.target import Target
from pulp_quadlet.plugins import installed, switched_off
from pulp_quadlet.selinux.confine import confined
from pulp_quadlet.services import SERVICES
from pulp_quadlet.services.context import PULP, WEB, Context

_Value = TypeVar("_Value")


def compose(site: Site, target: Target, lock: Lock | None = None) -> Deployment:
    """Everything that the target's host runs, with images of the packages that the lock has.

    Raises SiteError when the site has several hosts and the target is none of them.
    """
    _check_host(site, target)
    recipes = images(site, target, lock)
    context = Context(site=site, target=target, images={image.role: image.reference for image in recipes})
    parts = [part(context) for part in SERVICES]
    services = tuple(service for part in parts for service in part.services)
    used = {service.image for service in services}
    deployment = Deployment(
        site=site.site.name,
        url=site.site.url,
        digest=hashlib.sha256(site.model_dump_json().encode()).hexdigest()[:12],
        services=services,
        sockets=tuple(socket for part in parts for socket in part.sockets),
        directories=(
            Directory(path=context.front, owner=WEB, mode=0o700),
            Directory(path=context.private, owner=PULP, mode=0o700),
            *_once(directory for part in parts for directory in part.directories),
        ),
        secrets=_once(secret for part in parts for secret in part.secrets),
        images=_each_once(image for image in recipes if image.reference in used),
        configs=tuple(config for part in parts for config in part.configs),
        plugins=installed(site),
        off=switched_off(site),
    )
    return confined(deployment, site.selinux, target.selinux)


def _each_once(images: Iterable[Image]) -> tuple[Image, ...]:
    """One image may be named for several roles."""
    first: dict[str, Image] = {}
    for image in images:
        first.setdefault(image.reference, image)
    return tuple(first.values())


def _once(values: Iterable[_Value]) -> tuple[_Value, ...]:
    return tuple(dict.fromkeys(values))


def _check_host(site: Site, target: Target) -> None:
    names = ", ".join(f"`{name}`" for name in site.hosts)
    if target.host is None and site.hosts:
        raise SiteError(
            Problem(
                code="host-unknown",
                message="the site has several hosts, and it is not said which one this is",
                help=(f"say `--host NAME`, with one of {names}",),
            )
        )
    if target.host is not None and target.host not in site.hosts:
        has = f"it has {names}" if names else "it has no `[hosts]`"
        raise SiteError(
            Problem(
                code="host-unknown",
                message=f"the site has no host `{target.host}`",
                notes=(has,),
                help=("say `--host NAME`, or name this host in `[hosts]`",),
            )
        )
