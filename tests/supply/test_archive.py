"""What is written is read again, and whatever is not as it was written is refused, with what is wrong and where."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
import tarfile
from pathlib import Path
from typing import IO

import pytest

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.archive.packing import header, pack, saving
from pulp_quadlet.host.archive.unpacking import opened
from tests.supply.archives import IMAGES, LOCK, LONG, MANIFEST, SOURCES, save, silent, written


def refused(path: Path) -> Problem:
    """Why an archive is not taken."""
    with pytest.raises(HostError) as caught, opened(path, silent):
        pass
    [problem] = caught.value.problems
    return problem


def as_others_write(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    """A tar by a library."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    with opened(written(tmp_path), silent) as archive:
        assert [each.path for each in archive.manifest.files] == [*SOURCES, "images.tar"]
        assert {name: archive.whole(name) for name in SOURCES} == SOURCES
        assert archive.whole("images.tar") == IMAGES
        assert (archive.manifest.site, archive.manifest.lock) == ("pulp", "pylock.site.toml")
        assert archive.manifest.images == MANIFEST.images
        assert archive.text("pylock.site.toml") == LOCK


def test_it_is_a_tar_that_others_read_with_the_manifest_first(tmp_path: Path) -> None:
    with tarfile.open(written(tmp_path)) as tar:
        names = tar.getnames()
        assert names == ["manifest.json", *SOURCES, "images.tar"]
        assert json.loads(tar.extractfile("manifest.json").read())["site"] == "pulp"  # type: ignore[union-attr]  # it is a file
        assert tar.extractfile(LONG) is not None
        assert {each.mode for each in tar.getmembers()} == {0o644}
    assert [path.name for path in tmp_path.iterdir()] == ["pulp.tar"]


def test_an_image_may_be_larger_than_the_headers_of_old_tars_can_say() -> None:
    assert len(header("images.tar", 1 << 41)) == 512
    assert tarfile.TarInfo.frombuf(header("images.tar", 1 << 41), "utf-8", "strict").size == 1 << 41


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.05, 0.2, 0.5, 0.7, 0.9, 0.99, 0.9999])
def test_a_torn_archive_is_refused_wherever_it_is_cut(tmp_path: Path, share: float) -> None:
    path = written(tmp_path)
    os.truncate(path, int(path.stat().st_size * share))
    assert refused(path).code == "archive-refused"


def test_a_torn_archive_is_told_with_the_file_and_the_bytes_that_are_missing(tmp_path: Path) -> None:
    path = written(tmp_path)
    os.truncate(path, path.stat().st_size - 2000)
    assert refused(path) == Problem(
        code="archive-refused",
        message=f"{path} is not as it was written",
        notes=("at images.tar: it is torn: 832 bytes of this file are missing, and all that would follow",),
        help=("copy it once more, and compare the SHA-256 of both copies",),
    )
    os.truncate(path, path.stat().st_size - len(IMAGES))
    assert refused(path).notes[0].startswith(f"at {LONG}: it is torn: 0 bytes of this file are missing") or refused(
        path
    ).notes[0].startswith("at images.tar: it is torn")


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = path.read_bytes()
    told = set()
    for at in range(0, len(content), 97):  # no divisor of a block
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        problem = refused(path)
        assert problem.code == "archive-refused"
        told |= {re.sub(r".*: ", "", note.partition(": ")[2]) for note in problem.notes}
    assert "its checksum is not that of the manifest" in told


def test_a_flipped_byte_is_told_with_its_file(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"a wheela wheel", b"a wheela wheeL", 1))
    name = "wheels/six-1.17.0-py2.py3-none-any.whl"
    assert refused(path).notes == (f"at {name}: its checksum is not that of the manifest",)


def test_what_follows_the_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    with path.open("ab") as file:
        file.write(b"more")
    assert refused(path).notes == ("at images.tar: it does not end behind its last file",)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign"
    for content, why in (
        (b"", "it is no tar: empty header"),
        (b"PK\3\4" * 500, "it is no tar: invalid header"),
        (bytes(2048), "it is no tar: end of file header"),
    ):
        path.write_bytes(content)
        assert refused(path) == Problem(
            code="archive-refused",
            message=f"{path} is no archive of `pulp-quadlet image export`",
            notes=(why,),
        )
    as_others_write(path, (tarfile.TarInfo("etc/passwd"), b"x"))
    assert refused(path).notes == ("its first file is no manifest",)
    path.unlink()
    os.mkfifo(path)
    assert refused(path).notes == ("it is no regular file",)


def test_an_archive_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert refused(path) == Problem(
        code="archive-unreadable", message=f"{path} cannot be read: No such file or directory"
    )


def files(*paths: str) -> list[dict[str, object]]:
    return [{"path": path, "size": 0, "sha256": "e3b0c442" + "0" * 56} for path in paths]


def sealed(said: object) -> str:
    """As an export seals its own."""
    if not isinstance(said, dict):
        return json.dumps(said)
    text = json.dumps({**said, "seal": "0" * 64})
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text.replace(f'"seal": "{"0" * 64}"', f'"seal": "{said.get("seal", digest)}"')


GOOD = {"format": 1, "version": "0.1.0", "site": "pulp", "lock": ""}
IMAGE = [{"role": "pulp", "reference": "pulp:1", "id": "0" * 64}]


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ("rubbish", "its manifest cannot be read: Expecting value: line 1 column 1 (char 0)"),
        ([], "its manifest is none of pulp-quadlet"),
        ({"format": 2}, "its format is 2, and this pulp-quadlet reads format 1"),
        ({**GOOD, "images": IMAGE, "files": files("site.toml"), "seal": "1"}, "its manifest was changed"),
        ({**GOOD, "images": IMAGE, "files": files("site.toml")}, "its manifest names no images, or no site file"),
        (
            {**GOOD, "images": IMAGE, "files": files("site.toml", "wheels/../../../etc/passwd.whl", "images.tar")},
            "its manifest names a file that no archive has: 'wheels/../../../etc/passwd.whl'",
        ),
        (
            {**GOOD, "images": IMAGE, "files": files("site.toml", "/etc/shadow", "images.tar")},
            "its manifest names a file that no archive has: '/etc/shadow'",
        ),
        (
            {**GOOD, "images": IMAGE, "files": files("site.toml", "sbom/a/b", "images.tar")},
            "its manifest names a file that no archive has: 'sbom/a/b'",
        ),
        (
            {**GOOD, "images": IMAGE, "files": files("site.toml", "wheels/built/../../x.whl", "images.tar")},
            "its manifest names a file that no archive has: 'wheels/built/../../x.whl'",
        ),
        (
            {**GOOD, "images": IMAGE, "files": files("site.toml", "site.toml", "images.tar")},
            "its manifest names a file twice",
        ),
        (
            {**GOOD, "lock": "../site.toml", "images": IMAGE, "files": files("site.toml", "images.tar")},
            "its manifest names a lock that cannot be one: '../site.toml'",
        ),
        (
            {**GOOD, "images": IMAGE, "files": [*files("site.toml"), {**files("images.tar")[0], "size": -1}]},
            "its manifest has no size or no checksum of images.tar",
        ),
        (
            {**GOOD, "images": [{**IMAGE[0], "id": "latest"}], "files": files("site.toml", "images.tar")},
            "its manifest has an image without an id",
        ),
        (
            {**GOOD, "images": IMAGE, "files": [{"path": 7}]},
            "its manifest cannot be read: 7 is not <class 'str'>",
        ),
    ],
)
def test_a_manifest_that_no_export_writes_is_refused(tmp_path: Path, manifest: object, why: str) -> None:
    text = manifest if isinstance(manifest, str) else sealed(manifest)
    path = as_others_write(tmp_path / "a.tar", (tarfile.TarInfo("manifest.json"), text.encode()))
    assert refused(path).notes == (why,)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_folders_are_refused(tmp_path: Path, kind: bytes) -> None:
    manifest = sealed({**GOOD, "images": IMAGE, "files": files("site.toml", "images.tar")})
    link = tarfile.TarInfo("site.toml")
    link.type, link.linkname = kind, "/etc/shadow"
    path = as_others_write(tmp_path / "a.tar", (tarfile.TarInfo("manifest.json"), manifest.encode()), (link, b""))
    assert refused(path).notes == ("at site.toml: another file, or none, begins where this one should",)


def test_a_file_in_the_place_of_another_is_refused(tmp_path: Path) -> None:
    manifest = sealed({**GOOD, "images": IMAGE, "files": files("site.toml", "images.tar")})
    other = (tarfile.TarInfo("other"), b"")
    path = as_others_write(tmp_path / "a.tar", (tarfile.TarInfo("manifest.json"), manifest.encode()), other)
    why = "at site.toml: another file, or none, begins where this one should"
    assert refused(path).notes == (why,)


def test_what_changes_while_it_is_read_is_not_used(tmp_path: Path) -> None:
    path = written(tmp_path)
    with opened(path, silent) as archive:
        path.open("r+b").close()
        with path.open("r+b") as file:
            file.seek(archive.places["site.toml"])
            file.write(b"#")
        with pytest.raises(HostError) as caught:
            archive.text("site.toml")
    assert caught.value.problems[0].notes == ("at site.toml: it was changed while it was read",)


def test_a_failed_export_leaves_the_former_archive_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = path.read_bytes()

    async def broken(file: IO[bytes]) -> None:
        await save(file)
        raise HostError(Problem(code="command-failed", message="`podman save` ended with status 125"))

    with pytest.raises(HostError) as caught:
        asyncio.run(pack(path, MANIFEST, SOURCES, broken, silent))
    assert caught.value.outcome == f"{path} was not written"
    assert [each.name for each in tmp_path.iterdir()] == ["pulp.tar"]
    assert path.read_bytes() == before


def test_an_archive_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "no-folder/pulp.tar"
    with pytest.raises(HostError) as caught:
        asyncio.run(pack(path, MANIFEST, SOURCES, save, silent))
    assert caught.value.problems == (
        Problem(code="write-failed", message=f"{path} cannot be written: No such file or directory"),
    )


def test_podman_writes_each_layer_once() -> None:
    words = ("podman", "save", "--quiet", "--format=docker-archive", "--multi-image-archive", "a:1", "b:2")
    assert saving(["a:1", "b:2"]) == words
