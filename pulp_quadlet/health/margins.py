"""What runs out slowly: room on disks, and the certificate's time.

A warning leaves time to act, and the site healthy. A margin is sick when it is about to stop Pulp or its users, or has.
A share of a disk alone would cry for a large one that still has terabytes, a number of bytes alone comes late where
much is written; so each level is a share, but within bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pulp_quadlet.model.verdict import Certificate, Disk, Note, Observations

_MIB = 1024**2
_GIB = 1024**3
_DAY = 86400.0
_CERTIFICATE_DAYS = 21


def margins(seen: Observations) -> Iterator[Note]:
    """A note for each disk and certificate that needs a person."""
    for disk in seen.disks:
        yield from _of_disk(disk)
    if seen.certificate is not None:
        yield from _of_certificate(seen.certificate, seen.now)


def warning_below(size: int) -> int:
    """Free bytes below which a disk of this size is told: 10 % of it, but at least 2 GiB and at most 50 GiB."""
    return max(2 * _GIB, min(size // 10, 50 * _GIB))


def sick_below(size: int) -> int:
    """Free bytes below which a site is not healthy: 3 % of the disk, but at least 500 MiB and at most 10 GiB."""
    return max(500 * _MIB, min(size * 3 // 100, 10 * _GIB))


def _of_disk(disk: Disk) -> Iterator[Note]:
    paths = " and ".join(disk.paths)
    if disk.error:
        yield Note(about="disk", level="sick", text=f"the disk of {paths} does not answer ({disk.error})")
    elif disk.free < warning_below(disk.size):
        text = f"the disk of {paths} has only {_bytes(disk.free)} of {_bytes(disk.size)} free"
        yield Note(about="disk", level="sick" if disk.free < sick_below(disk.size) else "warning", text=text)


def _of_certificate(certificate: Certificate, now: float) -> Iterator[Note]:
    if certificate.error:
        text = f"no certificate is shown at {certificate.address} ({certificate.error})"
        yield Note(about="certificate", level="sick", text=text)
        return
    left = (certificate.expires - now) / _DAY
    day = datetime.fromtimestamp(certificate.expires, UTC).strftime("%Y-%m-%d")
    if left <= 0:
        yield Note(about="certificate", level="sick", text=f"the web certificate expired on {day}")
    elif left < _CERTIFICATE_DAYS:
        text = f"the web certificate expires on {day}, {_days(int(left))}"
        yield Note(about="certificate", level="warning", text=text)


def _days(left: int) -> str:
    return {0: "within a day", 1: "in 1 day"}.get(left, f"in {left} days")


def _bytes(number: int) -> str:
    return f"{number / _GIB:.1f} GiB" if number >= _GIB else f"{number / _MIB:.0f} MiB"
