"""Whatever lies at the path of a site file, there is a plain answer and never a traceback."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from pulp_quadlet.config.source import LIMIT, load
from pulp_quadlet.errors import SiteError
from pulp_quadlet.report.problems import format_error

GOOD = '[site]\nurl = "https://pulp.example.org"\n'


def report(path: Path) -> str:
    """What is told about the file; the folder is cut from it, and a file that hangs would hang here."""
    with pytest.raises(SiteError) as caught:
        load(path)
    return format_error(caught.value, colour=False).replace(f"{path.parent}/", "")


def test_a_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    file, link = tmp_path / "real.toml", tmp_path / "site.toml"
    file.write_text(GOOD)
    link.symlink_to(file)
    assert load(file).text == load(link).text == GOOD
    assert load(link).path == str(link)


def test_no_file(tmp_path: Path) -> None:
    assert report(tmp_path / "site.toml") == (
        "error[no-site-file]: there is no site file `site.toml`\n"
        "   = help: `pulp-quadlet init` writes one to begin with\n"
        "\n"
        "1 problem; nothing was changed\n"
    )


def test_dangling_link(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.symlink_to("gone.toml")
    assert report(path) == (
        "error[no-site-file]: `site.toml` is a symbolic link to `gone.toml`, which does not exist\n"
        "   = help: create that file, or point the link at one that exists\n"
        "\n"
        "1 problem; nothing was changed\n"
    )


def test_circle_of_links(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.symlink_to(path)
    assert "error[unreadable-file]: cannot read `site.toml`: its symbolic links lead in a circle\n" in report(path)


def test_directory(tmp_path: Path) -> None:
    path = tmp_path / "site"
    path.mkdir()
    assert report(path) == (
        "error[not-a-file]: `site` is a directory, not a file\n"
        "   = help: name the file in it, such as `site/site.toml`\n"
        "\n"
        "1 problem; nothing was changed\n"
    )


def test_part_of_the_path_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("")
    assert "a part of the path is not a directory" in report(tmp_path / "etc" / "site.toml")


def test_too_long_a_path(tmp_path: Path) -> None:
    assert "cannot read" in report(tmp_path / ("x" * 300))


def test_a_path_with_a_nul_byte() -> None:
    with pytest.raises(SiteError) as caught:
        load(Path("/etc/\0site.toml"))
    expected = "error[unreadable-file]: `/etc/\\x00site.toml` is not a path\n\n1 problem; nothing was changed\n"
    assert format_error(caught.value, colour=False) == expected


def test_named_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    os.mkfifo(path)
    assert report(path).startswith("error[not-a-file]: `site.toml` is a named pipe, not a file\n")


def test_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the address of a socket has few characters
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("site.toml")
        assert report(tmp_path / "site.toml").startswith("error[not-a-file]: `site.toml` is a socket, not a file\n")


def test_device() -> None:
    assert report(Path("/dev/zero")).startswith("error[not-a-file]: `zero` is a device, not a file\n")


class StrangePath(type(Path())):  # type: ignore[misc]  # the class of paths is chosen by the platform
    """A path whose file the kernel refuses to look at: a disk that fails, or a mount that denies even root."""

    number = errno.EIO

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        del follow_symlinks
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.EIO, "cannot read `/x/site.toml`: the disk gave an error"),
        (errno.EACCES, "cannot read `/x/site.toml`: permission denied"),
        (errno.ESTALE, "cannot read `/x/site.toml`: Stale file handle"),
    ],
)
def test_errors_of_the_kernel(number: int, message: str) -> None:
    path = StrangePath("/x/site.toml")
    path.number = number
    with pytest.raises(SiteError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert problem.message == message


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    with path.open("wb") as file:
        file.truncate(50 * LIMIT)
    assert report(path) == (
        "error[file-too-large]: `site.toml` is larger than 1024 KiB, so it cannot be a site file\n"
        "   = help: a site file has a few kilobytes; is the path right?\n"
        "\n"
        "1 problem; nothing was changed\n"
    )


def test_as_large_as_allowed(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD + "#" * (LIMIT - len(GOOD)))
    assert len(load(path).text) == LIMIT
