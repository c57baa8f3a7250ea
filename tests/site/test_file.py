"""File repositories: what goes in by the API comes out of the content server, byte for byte, at any size."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.site.pulp import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.site.clients import Clients
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

SIZE = 3_000_000
TRUNCATED = 18  # curl's status when a transfer ends too early
LARGE = 200 * 1024 * 1024  # bytes; nginx would refuse more than 1 MiB on its own


@pytest.fixture(scope="module")
def data(client: Clients) -> Path:
    file = client.folder / "data.bin"
    file.write_bytes(os.urandom(SIZE))
    return file


@pytest.fixture(scope="module")
def folder(client: Clients, data: Path) -> str:
    """The address of a distribution that has `data` as `deep/data.bin`, and as `parts.bin` sent in parts."""
    client.cli("file", "repository", "create", "--name", "files")
    upload = ["file", "content", "upload", "--repository", "files", "--file", str(data), "--relative-path"]
    client.cli(*upload, "deep/data.bin")
    client.cli(*upload, "parts.bin", "--chunk-size", "1MB")
    published = client.cli("file", "publication", "create", "--repository", "files")
    made = client.cli(
        *("file", "distribution", "create", "--name", "files", "--base-path", "files"),
        *("--publication", published["pulp_href"]),
    )
    return str(made["base_url"])


def fetch(client: Clients, url: str, *options: str) -> bytes:
    """Download with curl."""
    place = client.folder / "fetched"
    client.run("curl", "-sS", "--fail", "--output", str(place), *options, url)
    return place.read_bytes()


def test_the_distribution_has_the_address_of_the_site(pulp: Pulp, folder: str) -> None:
    assert folder == f"{pulp.url}/pulp/content/files/"


@pytest.mark.parametrize("name", ["deep/data.bin", "parts.bin"])
def test_downloads_are_what_was_uploaded(client: Clients, data: Path, folder: str, name: str) -> None:
    assert fetch(client, f"{folder}{name}") == data.read_bytes()


def test_a_part_of_a_file(client: Clients, pulp: Pulp, data: Path, folder: str) -> None:
    part = fetch(client, f"{folder}deep/data.bin", "--range", "1000-1999")
    assert part == data.read_bytes()[1000:2000]
    headers = client.run("curl", "-sSI", "--range", f"{SIZE}-", f"{folder}deep/data.bin").stdout
    assert headers.startswith("HTTP/1.1 416 "), "a range behind the end"


def test_the_listing_names_every_file(pulp: Pulp, folder: str) -> None:
    listing = pulp.request("/pulp/content/files/PULP_MANIFEST").body.splitlines()
    assert sorted(line.partition(",")[0] for line in listing) == ["deep/data.bin", "parts.bin"]


@contextmanager
def remote(client: Clients, pulp: Pulp) -> Iterator[str]:
    """The address of a repository elsewhere whose one file is not the one that its listing promises."""
    folder = client.folder / "remote"
    folder.mkdir()
    promised, sent = os.urandom(SIZE), os.urandom(SIZE)
    (folder / "changed").write_bytes(sent)
    (folder / "PULP_MANIFEST").write_text(f"changed,{hashlib.sha256(promised).hexdigest()},{SIZE}\n")
    pulp.machine.copy_in(folder, "/root/remote")
    gateway = pulp.run("podman", "network", "inspect", "--format", "{{(index .Subnets 0).Gateway}}", "pulp").strip()
    serve = ["python3", "-m", "http.server", "--directory", "/root/remote", "--bind", gateway, "8090"]
    pulp.run("systemd-run", "--quiet", "--unit=lab-remote", *serve)
    try:
        wait_for("the remote serves", lambda: client.run("curl", f"http://{gateway}:8090/", check=False).status == 0)
        yield f"http://{gateway}:8090/PULP_MANIFEST"
    finally:
        pulp.run("systemctl", "stop", "lab-remote.service")


def test_a_broken_download_on_demand_is_not_taken_for_whole(client: Clients, pulp: Pulp) -> None:
    """Pulp passes on what a remote sends while it comes, and finds out only at the end that it is another file. The
    client must see that the download was cut off, as the web server must too: with HTTP 1.0 between the two it could
    not.
    """
    name = ["--name", "changing"]
    with remote(client, pulp) as url:
        client.cli("file", "remote", "create", *name, "--url", url, "--policy", "on_demand")
        client.cli("file", "repository", "create", *name, "--remote", "changing", "--autopublish")
        client.cli("file", "repository", "sync", *name)
        made = client.cli(
            *("file", "distribution", "create", *name, "--base-path", "changing", "--repository", "changing")
        )
        fetched = client.run("curl", "-sS", "--output", "cut-off", f"{made['base_url']}changed", check=False)
    assert fetched.status == TRUNCATED


def test_what_is_not_there_is_not_found(pulp: Pulp, folder: str) -> None:
    assert pulp.request("/pulp/content/files/none").status == 404
    assert pulp.request("/pulp/content/none/").status == 404


def test_a_large_upload_in_one_request(client: Clients, pulp: Pulp) -> None:
    """It arrives whole, and it leaves no copy in the web server's temporary folder."""
    large = client.folder / "large"
    block = os.urandom(1024 * 1024)
    with large.open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)
    stored = pulp.api("artifacts/", "--form", f"file=@{large}")
    with large.open("rb") as file:
        assert stored["sha256"] == hashlib.file_digest(file, "sha256").hexdigest()
    assert stored["size"] == LARGE
    large.unlink()
    left = pulp.run("podman", "exec", "pulp-web", "find", "/var/cache/nginx", "-type", "f")
    assert left == ""


def test_nothing_is_told_or_done_without_a_login(pulp: Pulp) -> None:
    assert pulp.request("/pulp/api/v3/repositories/file/file/").status == 401
    assert pulp.request("/pulp/api/v3/repositories/file/file/", "--user", "admin:wrong").status == 401
    assert pulp.request("/pulp/api/v3/repositories/file/file/", "--data", "name=stolen").status == 401
    assert pulp.api("repositories/?name=stolen")["count"] == 0


def test_pulp_cli_tells_a_refused_login(client: Clients) -> None:
    told = client.fails("--username", "admin", "--password", "wrong", "file", "repository", "list")
    assert "Authentication failed" in told or "401" in told


def test_every_address_in_answers_is_the_site(pulp: Pulp, folder: str) -> None:
    """Clients follow what they are told: pages, distributions, files."""
    answers = [
        pulp.api("content/file/files/?limit=1"),
        pulp.api("distributions/?limit=1"),
        pulp.api("repositories/?limit=1"),
        pulp.request("/pulp/api/v3/").json(),
    ]
    addresses = [text for answer in answers for text in texts(answer) if text.startswith(("http://", "https://"))]
    assert len(addresses) > 3, "of pages and a distribution"
    assert [address for address in addresses if not address.startswith(f"{pulp.url}/")] == []


def texts(value: Any) -> Iterator[str]:
    """Every string of an answer."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)
