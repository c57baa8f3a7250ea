"""What this host is, as far as units depend on it."""

from __future__ import annotations

from pathlib import Path

from pulp_quadlet.host import generator
from pulp_quadlet.host.policy.selinux import Selinux
from pulp_quadlet.model.target import Target
from pulp_quadlet.quadlet.version import PodmanVersion

# Debian and its kin, Fedora and its kin, SUSE
_CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
)


def this_host(name: str | None, podman: PodmanVersion | None = None) -> Target:
    """This machine as a target; `name` is its name in the site file. Its Podman is asked, if it was not.

    Raises HostError when it has no Podman, or an SELinux that knows no containers.
    """
    bundle = next((path for path in _CA_BUNDLES if Path(path).is_file()), None)
    version = podman or generator.version()
    return Target(podman=version, ca_bundle=bundle, host=name, selinux=Selinux().target())
