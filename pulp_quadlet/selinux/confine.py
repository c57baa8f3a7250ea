"""A deployment with its labels and its policy, or without where the host has no SELinux."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.config.tables import SelinuxTable
from pulp_quadlet.model.deployment import BuiltImage, Deployment, Image
from pulp_quadlet.model.service import Confinement, Service
from pulp_quadlet.model.target import SelinuxTarget
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.flavour import facts_of
from pulp_quadlet.selinux.module import policy


def confined(deployment: Deployment, table: SelinuxTable, target: SelinuxTarget | None) -> Deployment:
    """The same deployment, each of its containers with the labels that it runs with."""
    if target is None:
        return deployment
    off = table.mode == "off"
    services = tuple(
        replace(service, confinement=Confinement() if off else _labels(deployment.site, service))
        for service in deployment.services
    )
    if off:
        return replace(deployment, services=services)
    images = tuple(_in_the_domain_of_builds(image) for image in deployment.images)
    return replace(deployment, services=services, images=images, policy=policy(deployment, facts_of(target), table))


def _in_the_domain_of_builds(image: Image) -> Image:
    if not isinstance(image, BuiltImage):
        return replace(image, type=names.BUILD)
    return replace(image, type=names.BUILD, tools=image.tools and replace(image.tools, type=names.BUILD))


def _labels(site: str, service: Service) -> Confinement:
    return Confinement(type=names.process(site, service.role), file_type=names.rootfs(site, service.role))
