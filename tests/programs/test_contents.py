"""What the program finds in the root of an image: a folder made for that."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import runpy
import sqlite3
import struct
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = folder("units") / "images/contents.py"
SITE = "opt/pulp/lib/python3.13/site-packages"
STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: dash
Status: install ok installed
Architecture: amd64
Version: 0.5
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image with two Debian packages, one of them with a file that another one diverted, and with one of Python."""
    image = tmp_path / "image"
    write(image / "usr/lib/os-release", 'ID=debian\nVERSION_ID="13"\n')
    write(image / "var/lib/dpkg/status", STATUS)
    write(image / "usr/lib/libc.so", "libc")
    write(image / "usr/bin/sh.distrib", "dash")
    write(image / "usr/bin/sh", "bash")
    write(image / "var/lib/dpkg/diversions", "/usr/bin/sh\n/usr/bin/sh.distrib\nbash\n")
    write(
        image / "var/lib/dpkg/info/libc6:amd64.md5sums",
        f"{md5('libc')}  usr/lib/libc.so\n{md5('x')}  usr/share/doc/x\n",
    )
    write(image / "var/lib/dpkg/info/dash.md5sums", f"{md5('dash')}  usr/bin/sh\n")
    package(image / SITE, "Six_Pack", "1.0", {"six.py": "six = 6\n", "../../../bin/six": "#!\n", "six.po": "left out"})
    (image / SITE / "six.po").unlink()
    return image


def package(site: Path, name: str, version: str, files: dict[str, str], about: str = "License: MIT\n") -> None:
    """As pip installs one."""
    for path, text in files.items():
        write(site / path, text)
    lines = [f"{path},sha256={digest(text)},{len(text)}\n" for path, text in files.items()]
    info = site / f"{name}-{version}.dist-info"
    write(
        info / "METADATA",
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{about}Requires-Dist: other\n\nText\n",
    )
    write(info / "RECORD", "".join([*lines, f"{info.name}/METADATA,,\n", f"{info.name}/RECORD,,\n"]))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def found(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, verify: bool = True
) -> Any:
    """What it prints."""
    asked = json.dumps({"roots": [str(root)], "verify": verify})
    monkeypatch.setattr(sys, "argv", [str(PROGRAM), asked])
    runpy.run_path(str(PROGRAM), run_name="__main__")
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


@pytest.fixture
def look(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda **options: found(root, capsys, monkeypatch, **options)


def test_packages_of_both_kinds_are_found(look: Any) -> None:
    said = look(verify=False)
    assert said["distribution"] == {"id": "debian", "version": "13"}
    assert (said["foreign"], said["stray"]) == (False, [])
    [six] = said["python"]
    assert {name: six[name] for name in ("name", "version", "where", "licence", "requires", "wrong")} == {
        "name": "six-pack",
        "version": "1.0",
        "where": SITE,
        "licence": "MIT",
        "requires": ["other"],
        "wrong": [],
    }
    assert [(each["name"], each["version"], each["architecture"]) for each in said["debian"]] == [
        ("libc6", "2.41-12", "amd64"),
        ("dash", "0.5", "amd64"),
    ]


def test_an_image_that_is_as_it_was_packed_has_nothing_wrong(look: Any) -> None:
    said = look()
    assert [each["wrong"] for each in said["python"] + said["debian"]] == [[], [], []]
    assert said["stray"] == []


def test_changed_and_missing_files_are_told(root: Path, look: Any) -> None:
    (root / SITE / "six.py").write_text("six = 7\n")
    (root / "opt/pulp/bin/six").unlink()
    (root / "usr/lib/libc.so").write_text("evil")
    (root / "usr/bin/sh.distrib").unlink()
    said = look()
    assert said["python"][0]["wrong"] == [[f"{SITE}/six.py", "was changed"], ["opt/pulp/bin/six", "is missing"]]
    assert [each["wrong"] for each in said["debian"]] == [
        [["usr/lib/libc.so", "was changed"]],
        [["usr/bin/sh", "is missing"]],
    ]
    assert look(verify=False)["python"][0]["wrong"] == []


def test_a_file_of_no_package_is_told(root: Path, look: Any) -> None:
    write(root / SITE / "sitecustomize.py", "import evil\n")
    write(root / SITE / "__pycache__/six.cpython-313.pyc", "bytes")
    assert look()["stray"] == [f"{SITE}/sitecustomize.py"]


def test_a_record_cannot_lead_out_of_the_image(root: Path, look: Any, tmp_path: Path) -> None:
    write(tmp_path / "secret", "x")
    record = root / SITE / "Six_Pack-1.0.dist-info/RECORD"
    record.write_text(record.read_text() + f"{'../' * 9}{str(tmp_path).lstrip('/')}/secret,sha256={digest('x')},1\n")
    [wrong] = look()["python"][0]["wrong"]
    assert wrong[1] == "lies outside of the image"


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(root: Path, look: Any) -> None:
    (root / SITE / "six.py").unlink()
    os.mkfifo(root / SITE / "six.py")
    (root / "usr/lib/os-release").unlink()
    os.mkfifo(root / "usr/lib/os-release")
    said = look()
    assert said["python"][0]["wrong"] == [[f"{SITE}/six.py", "was changed"]]
    assert said["distribution"] == {"id": "", "version": ""}


def test_the_digest_of_a_package_changes_with_its_checksums(root: Path, look: Any) -> None:
    before = [each["files"] for each in (*look()["python"], *look()["debian"])]
    package(root / SITE, "Six_Pack", "1.0", {"six.py": "six = 8\n", "../../../bin/six": "#!\n"})
    write(root / "var/lib/dpkg/info/dash.md5sums", f"{md5('other')}  usr/bin/sh\n")
    after = [each["files"] for each in (*look()["python"], *look()["debian"])]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True, False]


@pytest.mark.parametrize(
    ("about", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: x\n", "MIT OR Apache-2.0"),
        (f"License: {'the whole text ' * 9}\nClassifier: License :: OSI Approved :: MIT License\n", "MIT License"),
        ("Classifier: Topic :: X\n", ""),
    ],
)
def test_the_licence_of_a_package(root: Path, look: Any, about: str, licence: str) -> None:
    package(root / SITE, "Six_Pack", "1.0", {"six.py": "six = 6\n"}, about)
    assert look()["python"][0]["licence"] == licence


def test_what_belongs_to_debian_is_not_told_twice(root: Path, look: Any) -> None:
    package(root / "usr/lib/python3/dist-packages", "apt_pkg", "1", {"apt.py": ""})
    assert [each["name"] for each in look()["python"]] == ["six-pack"]


RPMDB = "usr/lib/sysimage/rpm/rpmdb.sqlite"
STRING, INT32 = 6, 4


def header(**values: str | int) -> bytes:
    """As RPM writes one: entries of tag, type, offset and count, then the values."""
    tags = {"digest": 273, "name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "size": 1009, "arch": 1022}
    entries, store = b"", b""
    for name, value in values.items():
        store += b"\0" * (-len(store) % 4)
        kind = INT32 if isinstance(value, int) else STRING
        entries += struct.pack(">IIII", tags[name], kind, len(store), 1)
        store += struct.pack(">I", value) if isinstance(value, int) else f"{value}\0".encode()
    return struct.pack(">II", len(values), len(store)) + entries + store


def write_rpmdb(root: Path, *headers: bytes) -> None:
    (root / RPMDB).parent.mkdir(parents=True)
    with closing(sqlite3.connect(root / RPMDB)) as connection, connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(each,) for each in headers])


def test_packages_of_rpm_are_found(root: Path, look: Any) -> None:
    bash = header(name="bash", version="5.1.8", release="9.el9", size=7738634, arch="x86_64", digest="0d" * 32)
    dbus = header(name="dbus", version="1.14.10", release="1.el9", epoch=1, arch="x86_64")
    key = header(name="gpg-pubkey", version="8483c65d", release="5ccc5b19")
    write_rpmdb(root, bash, dbus, key)
    said = look()
    assert [(each["name"], each["version"], each["architecture"], each["files"]) for each in said["rpm"]] == [
        ("bash", "5.1.8-9.el9", "x86_64", "0d" * 32),
        ("dbus", "1:1.14.10-1.el9", "x86_64", ""),
    ]
    assert not said["foreign"]
    assert [path.name for path in (root / RPMDB).parent.iterdir()] == ["rpmdb.sqlite"]  # nothing is written beside it


@pytest.mark.parametrize("damage", ["no database", "no header", "no name"])
def test_a_database_of_rpm_that_cannot_be_read_is_told(root: Path, look: Any, damage: str) -> None:
    if damage == "no database":
        write(root / RPMDB, "x" * 4096)
    else:
        write_rpmdb(root, b"\0\0\0\2" if damage == "no header" else header(version="1", release="1"))
    said = look()
    assert (said["rpm"], said["foreign"]) == ([], True)


def test_a_database_of_an_older_rpm_is_told(root: Path, look: Any) -> None:
    write(root / "var/lib/rpm/Packages", "of Berkeley")
    assert look()["foreign"]
