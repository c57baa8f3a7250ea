"""The names of the agent on the bus, as its contract has them."""

from __future__ import annotations

from pathlib import Path

NAME = "org.pulpproject.Quadlet1"
PATH = "/org/pulpproject/Quadlet1"
MANAGER = f"{NAME}.Manager"
JOB = f"{NAME}.Job"
SITE = f"{NAME}.Site"
SERVICE = f"{NAME}.Service"
ERROR = f"{NAME}.Error"
ACTION = "org.pulpproject.quadlet1"
"""What the ids of the polkit actions begin with."""


def xml() -> str:
    """The contract itself."""
    return Path(__file__).with_name(f"{NAME}.xml").read_text(encoding="utf-8")


def job_path(number: int) -> str:
    """Where a job is."""
    return f"{PATH}/job/_{number}"


def site_path(site: str) -> str:
    """Where a site is, while somebody watches."""
    return f"{PATH}/site/{label(site)}"


def service_path(site: str, service: str) -> str:
    """Where a service is, while somebody watches."""
    return f"{PATH}/service/{label(site)}/{label(service)}"


def label(text: str) -> str:
    """A name as one step of an object's path, in the way of systemd: what may not stand there is `_` and its code."""
    if not text:
        return "_"
    kept = [_kept(byte, first=index == 0) for index, byte in enumerate(text.encode())]
    return "".join(kept)


def _kept(byte: int, *, first: bool) -> str:
    char = chr(byte)
    fits = char.isascii() and (char.isalpha() or (char.isdigit() and not first))
    return char if fits else f"_{byte:02x}"
