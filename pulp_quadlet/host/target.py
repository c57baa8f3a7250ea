"""What this host is, as far as units depend on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import generator
from pulp_quadlet.host.selinux import Selinux
from pulp_quadlet.model.target import Target

# Debian and its kin, Fedora and its kin, SUSE
_CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
)


def this_host(name: str | None, *, needs_root: bool = True) -> Target:
    """This machine as a target; `name` is its name in the site file.

    Raises HostError when it has no Podman, or an SELinux that knows no containers. Whoever is not root may not look at
    SELinux: without `needs_root` it is then left out.
    """
    bundle = next((path for path in _CA_BUNDLES if Path(path).is_file()), None)
    target = Target(podman=generator.version(), ca_bundle=bundle, host=name)
    try:
        return replace(target, selinux=Selinux().target())
    except HostError:
        if needs_root:
            raise
        return target
