"""Until when the web server's certificate is valid: asked of the server itself, which may show an older one than the
secret holds by now.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

from pulp_quadlet.host.local_http import PATIENCE, dialled, reason, unverified
from pulp_quadlet.model.verdict import Certificate

_SEQUENCE = 0x30
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION = 0xA0  # [0] EXPLICIT, left out of certificates of version 1


def shown_at(address: str, name: str) -> Certificate:
    """The certificate that is shown at a listening address to who asks for `name`."""
    try:
        with socket.create_connection(dialled(address), timeout=PATIENCE) as plain:
            plain.settimeout(PATIENCE)
            with unverified().wrap_socket(plain, server_hostname=name) as secured:
                encoded = secured.getpeercert(binary_form=True)
        return Certificate(address=address, expires=valid_until(encoded or b""))
    except (OSError, ValueError) as error:
        return Certificate(address=address, error=reason(error))


def valid_until(encoded: bytes) -> float:
    """The end of the validity of a certificate in DER, in seconds since 1970. Raises ValueError.

    These few lines take the place of `cryptography`, which costs 15 MB of memory to import. RFC 5280, 4.1:
    Certificate is a sequence, whose first member is one of: [version], serial number, algorithm, issuer, validity...
    """
    outer = next(_members(encoded))
    inner = next(_members(outer[1]))
    members = [member for member in _members(inner[1]) if member[0] != _VERSION]
    if len(members) < 4 or members[3][0] != _SEQUENCE:
        raise ValueError("it has no validity")
    times = list(_members(members[3][1]))
    if len(times) != 2:
        raise ValueError("its validity is no pair of times")
    return _time(*times[1])


def _members(encoded: bytes) -> Iterator[tuple[int, bytes]]:
    """The values in a sequence: tag and content of each."""
    start = 0
    while start < len(encoded):
        length, begin = _length(encoded, start + 1)
        if begin + length > len(encoded):
            raise ValueError("it is cut off")
        yield encoded[start], encoded[begin : begin + length]
        start = begin + length
    if not encoded:
        raise ValueError("it is empty")


def _length(encoded: bytes, at: int) -> tuple[int, int]:
    """The length that stands at a place, and where the content begins."""
    if at >= len(encoded):
        raise ValueError("it is cut off")
    first = encoded[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    return int.from_bytes(encoded[at + 1 : at + 1 + size], "big"), at + 1 + size


def _time(tag: int, content: bytes) -> float:
    """Both kinds end with `Z`; the shorter one means 1950 to 2049."""
    form = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}.get(tag)
    if form is None:
        raise ValueError("its end is no time")
    text = content.decode("ascii")
    if tag == _UTC_TIME:  # strptime would take 50 to 68 for this century
        form, text = "%Y%m%d%H%M%SZ", ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
