"""Site files for tests, compiled."""

from __future__ import annotations

from pulp_quadlet.config.source import SourceText
from pulp_quadlet.model.target import SelinuxTarget, Target
from pulp_quadlet.pipeline import Compiled, compile_site
from pulp_quadlet.quadlet.version import PodmanVersion

MINIMAL = '[site]\nname = "pulp"\nurl = "http://localhost:8080"\n'
TARGET = Target(podman=PodmanVersion(5, 4, 2), ca_bundle="/etc/ssl/certs/ca-certificates.crt")
SELINUX = SelinuxTarget(flavour="refpolicy", policy="default")


def compiled(text: str = MINIMAL, target: Target = TARGET) -> Compiled:
    """The text of a site file, all the way to its tree."""
    return compile_site(SourceText("site.toml", text), target)
