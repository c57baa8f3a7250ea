"""From the wheel to a running site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab import product
from tests.lab.progress import step
from tests.site import built
from tests.site.pulp import SITE_FILE, Pulp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.guest import Guest

# Each request with a password costs 0.2 s of a processor with the default, which is as it should be. Where there are
# many, or the processor is emulated, it would take all the time there is.
QUICK_LOGINS = """
[settings]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
"""


def deploy(machine: Guest, more: str = "", install: Callable[[Guest], None] = product.install) -> None:
    """The wheel, or what `install` installs, and the two commands that a user of the defaults needs. `more` is added to
    the site file.
    """
    install(machine)
    site = Pulp(machine)
    site.cli("init")
    if more:
        site.write(SITE_FILE, site.read(SITE_FILE) + more)
    with built.shared(machine), step("apply the site"):
        site.cli("apply")
    site.wait_healthy()


def connect(machine: Guest) -> Pulp:
    """The running site of the machine, with its admin's password."""
    show = ["podman", "secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "pulp-admin-password"]
    return Pulp(machine, password=machine.run(show).stdout.strip())
