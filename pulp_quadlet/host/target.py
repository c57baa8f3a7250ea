"""What this host is, as far as units depend on it."""

from __future__ import annotations

from pathlib import Path

from pulp_quadlet.host import generator
from pulp_quadlet.model.target import Target

# Debian and its kin, Fedora and its kin, SUSE
_CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
)


def this_host(name: str | None) -> Target:
    """This machine as a target; `name` is its name in the site file. Raises HostError when it has no Podman."""
    bundle = next((path for path in _CA_BUNDLES if Path(path).is_file()), None)
    return Target(podman=generator.version(), ca_bundle=bundle, host=name)
