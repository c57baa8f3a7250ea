"""Disks and certificates that run out, in exact words."""

from __future__ import annotations

import pytest

from pulp_quadlet.health.margins import margins, sick_below, warning_below
from pulp_quadlet.model.verdict import Certificate, Disk, Observations

NOW = 1_800_000_000.0  # 2027-01-15
DAY = 86400.0
MIB = 1024**2
GIB = 1024**3
TIB = 1024**4


def told(**seen: object) -> list[tuple[str, str]]:
    found = margins(Observations(now=NOW, **seen))  # type: ignore[arg-type]  # names are checked by dataclasses
    return [(note.level, note.text) for note in found]


@pytest.mark.parametrize(
    ("size", "warning", "sick"),
    [
        (10 * GIB, 2 * GIB, 500 * MIB),
        (100 * GIB, 10 * GIB, 3 * GIB),
        (100 * TIB, 50 * GIB, 10 * GIB),
    ],
)
def test_levels_are_a_share_within_bounds(size: int, warning: int, sick: int) -> None:
    assert (warning_below(size), sick_below(size)) == (warning, sick)


def test_a_disk_is_told_below_its_levels() -> None:
    def disk(free: int) -> list[tuple[str, str]]:
        return told(disks=(Disk(paths=("/a", "/b"), size=100 * GIB, free=free),))

    assert disk(10 * GIB) == []
    assert disk(10 * GIB - 1) == [("warning", "the disk of /a and /b has only 10.0 GiB of 100.0 GiB free")]
    assert disk(3 * GIB) == [("warning", "the disk of /a and /b has only 3.0 GiB of 100.0 GiB free")]
    assert disk(3 * GIB - 1) == [("sick", "the disk of /a and /b has only 3.0 GiB of 100.0 GiB free")]
    assert disk(0) == [("sick", "the disk of /a and /b has only 0 MiB of 100.0 GiB free")]


def test_a_disk_that_does_not_answer_is_a_fault() -> None:
    assert told(disks=(Disk(paths=("/srv",), error="timed out"),)) == [
        ("sick", "the disk of /srv does not answer (timed out)")
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (21.0, []),
        (20.9, [("warning", "the web certificate expires on 2027-02-05, in 20 days")]),
        (1.5, [("warning", "the web certificate expires on 2027-01-16, in 1 day")]),
        (0.5, [("warning", "the web certificate expires on 2027-01-15, within a day")]),
        (0.0, [("sick", "the web certificate expired on 2027-01-15")]),
        (-3.0, [("sick", "the web certificate expired on 2027-01-12")]),
    ],
)
def test_a_certificate_is_told_three_weeks_before_its_end(days: float, expected: list[tuple[str, str]]) -> None:
    assert told(certificate=Certificate(address="0.0.0.0:443", expires=NOW + days * DAY)) == expected


def test_a_server_that_shows_no_certificate_is_a_fault() -> None:
    assert told(certificate=Certificate(address="0.0.0.0:443", error="Connection refused")) == [
        ("sick", "no certificate is shown at 0.0.0.0:443 (Connection refused)")
    ]


def test_a_site_without_tls_and_with_room_is_told_nothing() -> None:
    assert told() == []
