"""What is in images, seen from outside: packages of Python, Debian and RPM, and files that are not as they were packed.

It runs in a container without a network, into which Podman mounts each image read-only. Nothing of those images is run,
so that an image which was tampered with cannot speak for itself. Prints one JSON object for each, on a line.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import stat
import struct
import sys
from contextlib import closing
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

DIST_INFO = ".dist-info"
# Debian's own Python packages belong to Debian packages; the rest of these is no file system of the image.
SKIPPED = {"usr/lib/python3/dist-packages", "proc", "sys", "dev", "run"}
# What slim images leave out of their packages.
LEFT_OUT = tuple(
    f"usr/share/{name}/" for name in ("doc", "doc-base", "groff", "info", "linda", "lintian", "locale", "man")
)
# Sources of translations, which nothing reads when they are compiled: our images have none of them.
NEEDLESS = (".po",)
# Where RPM keeps what is installed: rpmdb(8). Before Fedora 33 and Enterprise Linux 9 it was no SQLite.
RPM_FOLDERS = ("usr/lib/sysimage/rpm", "var/lib/rpm")
RPM_FILES = ("rpmdb.sqlite", "Packages.db", "Packages")
# Of a header's tags those that are wanted, as rpmtag.h numbers them; of its types one is a number.
RPM_TAGS = {273: "digest", 1000: "name", 1001: "version", 1002: "release", 1003: "epoch", 1014: "licence", 1022: "arch"}
RPM_INT32 = 4
KEY = "gpg-pubkey"  # what stands for a key that RPM trusts, and is no package
LISTED = 50
Moved = dict[str, tuple[str, str]]


def main() -> None:
    asked = json.loads(sys.argv[1])
    for root in asked["roots"]:
        print(json.dumps(contents(Path(root), verify=asked["verify"])))


def contents(root: Path, *, verify: bool) -> dict[str, Any]:
    places = site_folders(root)
    python = [python_package(root, folder, verify=verify) for place in places for folder in dist_infos(place)]
    debian = debian_packages(root, verify=verify)
    rpm = rpm_packages(root)
    return {
        "distribution": distribution(root),
        "python": [each for each in python if each["name"]],
        "debian": debian,
        "rpm": rpm,
        "foreign": not rpm and any(is_file(root / place / name) for place in RPM_FOLDERS for name in RPM_FILES),
        "stray": stray(root, places) if verify else [],
    }


def distribution(root: Path) -> dict[str, str]:
    found = {}
    for line in text(root / "usr/lib/os-release").splitlines():
        name, _, value = line.partition("=")
        found[name] = value.strip("\"'")
    return {"id": found.get("ID", ""), "version": found.get("VERSION_ID", "")}


# --- Python ---------------------------------------------------------------------------------------------------------


def site_folders(root: Path) -> list[Path]:
    """Every folder that holds installed packages."""
    found = []
    for folder, names, _ in os.walk(root):
        below = Path(folder).relative_to(root)
        names[:] = sorted(name for name in names if str(below / name) not in SKIPPED)
        if any(name.endswith(DIST_INFO) for name in names):
            found.append(Path(folder))
    return found


def dist_infos(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.name.endswith(DIST_INFO) and path.is_dir())


def python_package(root: Path, folder: Path, *, verify: bool) -> dict[str, Any]:
    about = HeaderParser().parsestr(text(folder / "METADATA"))
    records = [row for row in csv.reader(text(folder / "RECORD").splitlines()) if len(row) == 3 and row[1]]
    lines = sorted(f"{path},{digest}" for path, digest, _ in records)
    return {
        "name": normal(about.get("Name") or ""),
        "version": about.get("Version") or "",
        "where": str(folder.parent.relative_to(root)),
        "licence": licence(about),
        "requires": about.get_all("Requires-Dist") or [],
        "files": hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else "",
        "wrong": first(wrong_records(root, folder.parent, records)) if verify else [],
    }


def licence(about: Message) -> str:
    expression = about.get("License-Expression")
    if expression:
        return expression.strip()
    named = (about.get("License") or "").strip()
    if named and len(named) < 80 and "\n" not in named:
        return named
    classes = [each for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    return classes[0].rpartition(" :: ")[2] if classes else ""


def normal(name: str) -> str:
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


def wrong_records(root: Path, place: Path, records: list[list[str]]) -> Iterator[tuple[str, str]]:
    for path, wanted, _ in records:
        kind, _, digest = wanted.partition("=")
        file = Path(os.path.normpath(place / path))
        if root not in file.parents:
            yield path, "lies outside of the image"
        elif kind in hashlib.algorithms_guaranteed:
            found = hashed(file, kind)
            if found is None:
                if not path.endswith(NEEDLESS):
                    yield str(file.relative_to(root)), "is missing"
            elif base64.urlsafe_b64encode(found).rstrip(b"=").decode() != digest:
                yield str(file.relative_to(root)), "was changed"


def stray(root: Path, places: list[Path]) -> list[str]:
    """Files beside installed packages that belong to none of them."""
    found = []
    for place in places:
        owned = set()
        for folder in dist_infos(place):
            rows = csv.reader(text(folder / "RECORD").splitlines())
            owned |= {os.path.normpath(place / row[0]) for row in rows if row}
        for folder, names, files in os.walk(place):
            names[:] = sorted(name for name in names if name != "__pycache__")
            paths = (f"{folder}/{name}" for name in sorted(files) if not name.endswith(".pyc"))
            found += [os.path.relpath(path, root) for path in paths if path not in owned]
    return found[:LISTED]


# --- Debian ---------------------------------------------------------------------------------------------------------


def debian_packages(root: Path, *, verify: bool) -> list[dict[str, Any]]:
    moved = diversions(root)
    found = []
    for paragraph in text(root / "var/lib/dpkg/status").split("\n\n"):
        about = HeaderParser().parsestr(paragraph)
        if (about.get("Status") or "").endswith(" installed"):
            found.append(debian_package(root, about, moved, verify=verify))
    return found


def debian_package(root: Path, about: Message, moved: Moved, *, verify: bool) -> dict[str, Any]:
    name, architecture = about["Package"], about.get("Architecture") or ""
    folder = root / "var/lib/dpkg/info"
    sums = text(folder / f"{name}.md5sums") or text(folder / f"{name}:{architecture}.md5sums")
    return {
        "name": name,
        "version": about.get("Version") or "",
        "architecture": architecture,
        "files": hashlib.sha256(sums.encode()).hexdigest() if sums else "",
        "wrong": first(wrong_sums(root, name, sums, moved)) if verify else [],
    }


def wrong_sums(root: Path, package: str, sums: str, moved: Moved) -> Iterator[tuple[str, str]]:
    for line in sums.splitlines():
        wanted, _, path = line.partition("  ")
        target, owner = moved.get(f"/{path}", ("", package))
        place = root / (target.lstrip("/") if owner != package else path)
        found = hashed(place, "md5")
        if found is None:
            if not path.startswith(LEFT_OUT):
                yield path, "is missing"
        elif found.hex() != wanted:
            yield path, "was changed"


def diversions(root: Path) -> Moved:
    """Where files of one package were moved to, for those of another: dpkg-divert(1)."""
    lines = text(root / "var/lib/dpkg/diversions").splitlines()
    return {lines[at]: (lines[at + 1], lines[at + 2]) for at in range(0, len(lines) - 2, 3)}


# --- RPM ------------------------------------------------------------------------------------------------------------


def rpm_packages(root: Path) -> list[dict[str, Any]]:
    """Those that RPM has written down, or none where that cannot be read: also where this Python was built without
    SQLite. Their files are not looked at.
    """
    databases = [root / place / RPM_FILES[0] for place in RPM_FOLDERS]
    try:
        headers = next((rpm_headers(file) for file in databases if is_file(file)), [])
        return [rpm_package(header) for header in headers if header["name"] != KEY]
    except (ImportError, OSError, ValueError, KeyError, struct.error):
        return []


def rpm_headers(database: Path) -> list[dict[str, str]]:
    """The database may not be written to, not even beside it. Raises ValueError when it is none."""
    import sqlite3

    try:
        with closing(sqlite3.connect(f"file:{quote(str(database))}?immutable=1", uri=True)) as connection:
            return [rpm_header(blob) for (blob,) in connection.execute("SELECT blob FROM Packages ORDER BY hnum")]
    except sqlite3.Error as error:
        raise ValueError(error) from error


def rpm_header(blob: bytes) -> dict[str, str]:
    """A number of entries (tag, type, offset, count), and the values that they point at, which end with a zero byte."""
    (entries, _) = struct.unpack_from(">II", blob)
    store = 8 + 16 * entries
    found = {}
    for tag, kind, offset, _ in struct.iter_unpack(">IIII", blob[8:store]):
        if tag in RPM_TAGS:
            at = store + offset
            number = kind == RPM_INT32
            value = str(struct.unpack_from(">I", blob, at)[0]) if number else blob[at : blob.index(b"\0", at)].decode()
            found[RPM_TAGS[tag]] = value
    return found


def rpm_package(header: dict[str, str]) -> dict[str, Any]:
    epoch = f"{header['epoch']}:" if "epoch" in header else ""
    return {
        "name": header["name"],
        "version": f"{epoch}{header['version']}-{header['release']}",
        "architecture": header.get("arch", ""),
        "licence": header.get("licence", ""),
        "files": header.get("digest", ""),
        "wrong": [],
    }


# --- files ----------------------------------------------------------------------------------------------------------


def first(wrong: Iterator[tuple[str, str]]) -> list[list[str]]:
    found = [list(each) for each in wrong]
    return found[:LISTED]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if is_file(path) else ""


def is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def hashed(path: Path, kind: str) -> bytes | None:
    """None where there is no such file. A device or a pipe in its place is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        digest = hashlib.new(kind, usedforsecurity=False)
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        return digest.digest()
    except OSError:
        return None


if __name__ == "__main__":
    main()
