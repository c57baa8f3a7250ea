"""Bills of materials on disk: one for each image by its reference, made when the image comes to be here.

They are read again by an audit, so whoever changes an image later does not change its bill.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import podman_api
from pulp_quadlet.host.images import contents
from pulp_quadlet.host.observe import PATIENCE
from pulp_quadlet.host.writing import told, write
from pulp_quadlet.model.contents import Bill
from pulp_quadlet.model.deployment import Image
from pulp_quadlet.paths import BILLS
from pulp_quadlet.supply.bill import bill_text
from pulp_quadlet.supply.needed import described, lock_of, runner, type_of, with_tools
from pulp_quadlet.supply.read_bill import read_bill

_SPECIAL = re.compile(r"[^A-Za-z0-9.-]+")


class Bills:
    """Those of a host whose root is elsewhere only in tests."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._folder = root / BILLS.lstrip("/")

    def path(self, reference: str) -> Path:
        """Where the bill of an image is, or would be."""
        return self._folder / file_name(reference)

    def text(self, reference: str) -> str:
        """The bill of an image as it is stored; empty where there is none."""
        path = self.path(reference)
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            raise HostError(
                Problem(code="bill-unreadable", message=f"the bill of materials {path} cannot be read: {error}")
            ) from error

    def read(self, reference: str) -> Bill | None:
        """What an audit needs of it. Raises HostError where it cannot be read."""
        text = self.text(reference)
        return read_bill(text, str(self.path(reference))) if text else None

    def write(self, reference: str, text: str) -> None:
        """Keep a bill."""
        with told():
            write(self.path(reference), text, 0o644)

    def remove(self, references: Iterable[str]) -> None:
        """Those of images that go."""
        with told():
            for reference in references:
                self.path(reference).unlink(missing_ok=True)
            if self._folder.is_dir() and not any(self._folder.iterdir()):
                self._folder.rmdir()

    async def forget_gone(self, references: Iterable[str]) -> None:
        """Remove the bills of those images that are not here any more."""
        names = tuple(references)
        here = await asyncio.to_thread(_stored, names) if names else {}
        self.remove(name for name in names if name not in here)

    async def make(self, images: Sequence[Image]) -> None:
        """Write a bill for each of these images that is here and has none, or that of another image."""
        wanted = with_tools(images)
        stored = await asyncio.to_thread(_stored, tuple(each.reference for each in wanted))
        due = [each for each in wanted if each.reference in stored and self._is_due(each, stored[each.reference].id)]
        program = runner(wanted, stored)
        if not due or not program:
            return
        references = [each.reference for each in due]
        found = await contents.look(references, runner=program, verify=False, type_=type_of(images))
        bases = await asyncio.to_thread(_stored, tuple({described(each, "").base for each in due} - {""}))
        for each in due:
            about = described(each, stored[each.reference].id)
            base = bases.get(about.base)
            if base and base.digest and "@" not in about.base:
                about = replace(about, base=f"{about.base}@{base.digest}")
            self.write(each.reference, bill_text(about, found[each.reference], lock_of(each), time.time()))

    def _is_due(self, image: Image, present: str) -> bool:
        bill = self.read(image.reference)
        return bill is None or bill.id != present


def file_name(reference: str) -> str:
    """Readable, and another one for each reference."""
    readable = _SPECIAL.sub("-", reference.rpartition("/")[2])
    return f"{readable}-{hashlib.sha256(reference.encode()).hexdigest()[:8]}.cdx.json"


def _stored(references: tuple[str, ...]) -> dict[str, podman_api.StoredImage]:
    with podman_api.connected(limit=PATIENCE) as reader:
        return reader.stored(references)
