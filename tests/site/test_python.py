"""A Python index: twine puts packages in, pip takes them out, and packages of PyPI come through it."""

from __future__ import annotations

import configparser
import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.lab import host
from tests.site.pulp import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.command import Result
    from tests.site.clients import Clients
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

PROJECT = """\
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"

[project]
name = "lab-greeting"
version = "1.2.3"
description = "A greeting"
"""
GREETING = 'GREETING = "served by Pulp"\n'
PRINT_GREETING = "import lab_greeting; print(lab_greeting.GREETING)"
HREF = re.compile(r'href="([^"]+)"')


@pytest.fixture(scope="module")
def packages(client: Clients) -> Path:
    """A folder with a wheel and a source package, made as any project makes them."""
    project = client.folder / "greeting"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    (project / "lab_greeting.py").write_text(GREETING)
    client.run("python", "-m", "build", "--no-isolation", str(project))
    return project / "dist"


@pytest.fixture(scope="module")
def index(client: Clients) -> str:
    """The address of a new index. Its repository does not publish by itself: the index of one that does is empty
    in this release of pulp-python.
    """
    client.cli("python", "repository", "create", "--name", "greetings")
    made = client.cli(
        *("python", "distribution", "create", "--name", "greetings", "--base-path", "greetings"),
        *("--repository", "greetings"),
    )
    return str(made["base_url"])


@pytest.fixture(scope="module")
def uploaded(client: Clients, packages: Path, index: str) -> str:
    """The index with both packages in it."""
    result = twine(client, index, client.pulp.password, packages)
    assert result.status == 0, result.stdout + result.stderr
    # twine returns before the tasks have put the files into the repository. Nobody may ask for the page meanwhile: an
    # answer made between the two can come into Pulp's cache just after it was emptied, and stays there for minutes.
    wait_for("both files in the repository", lambda: packages_in(client.pulp, "greetings") == 2)
    return index


def packages_in(pulp: Pulp, repository: str) -> int:
    [found] = pulp.api(f"repositories/python/python/?name={repository}")["results"]
    version = pulp.api(found["latest_version_href"].removeprefix("/pulp/api/v3/"))
    return int(version["content_summary"]["present"].get("python.python", {}).get("count", 0))


def twine(client: Clients, index: str, password: str, packages: Path) -> Result:
    words = ["twine", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url", f"{index}simple/"]
    login = ["--username", "admin", "--password", password]
    return client.run(*words, *login, *map(str, sorted(packages.iterdir())), check=False)


def install(client: Clients, index: str, what: str, *options: str) -> Path:
    """Let pip install from the index alone, into a new environment."""
    place = client.folder / f"venv-{len(list(client.folder.iterdir()))}"
    client.run(sys.executable, "-m", "venv", str(place))
    pip = [str(place / "bin/pip"), "--isolated", "install", "--no-cache-dir", "--disable-pip-version-check"]
    client.run(*pip, "--index-url", f"{index}simple/", "--trusted-host", "localhost", *options, what)
    return place


def test_the_index_has_the_address_of_the_site(pulp: Pulp, index: str) -> None:
    assert index == f"{pulp.url}/pypi/greetings/"


def test_pip_installs_the_wheel_that_twine_uploaded(client: Clients, uploaded: str) -> None:
    place = install(client, uploaded, "lab-greeting==1.2.3")
    assert client.run(str(place / "bin/python"), "-c", PRINT_GREETING).stdout == "served by Pulp\n"


def test_pip_takes_the_source_package(client: Clients, uploaded: str) -> None:
    """The bytes that come out are those that twine put in."""
    pip = [str(client.tools / "bin/pip"), "--isolated", "download", "--no-deps", "--no-build-isolation"]
    where = ["--no-cache-dir", "--index-url", f"{uploaded}simple/", "--trusted-host", "localhost"]
    client.run(*pip, *where, "--no-binary", ":all:", "--dest", "taken", "lab-greeting")
    [taken] = (client.folder / "taken").iterdir()
    assert taken.read_bytes() == (client.folder / "greeting" / "dist" / taken.name).read_bytes()
    assert taken.name.endswith(".tar.gz")


def test_links_of_the_index_lead_to_the_site(client: Clients, pulp: Pulp, uploaded: str) -> None:
    """Not to a name or port that only the proxy knows."""
    links = HREF.findall(pulp.request("/pypi/greetings/simple/lab-greeting/").body)
    assert len(links) == 2
    assert [link for link in links if not link.startswith(f"{pulp.url}/")] == []
    described = pulp.request("/pypi/greetings/pypi/lab-greeting/json/").json()
    urls = [each["url"] for each in described["urls"]]
    assert len(urls) == 2
    assert [url for url in urls if not url.startswith(f"{pulp.url}/")] == []


def test_a_wrong_password_uploads_nothing(client: Clients, packages: Path, index: str) -> None:
    before = client.cli("python", "repository", "show", "--name", "greetings")["latest_version_href"]
    refused = twine(client, index, "wrong", packages)
    assert refused.status != 0
    assert "401" in refused.stdout + refused.stderr
    assert client.cli("python", "repository", "show", "--name", "greetings")["latest_version_href"] == before


def test_a_worker_fetches_from_pypi(client: Clients, pulp: Pulp) -> None:
    """The worker reaches the world and trusts whom this host trusts. (A sync would need more than a mirror of PyPI
    always has: the serial number of each page, in a header.)
    """
    described = json.loads(client.run("curl", "-sS", "--fail", "--location", f"{pypi()}pypi/six/json").stdout)
    [wheel] = [each for each in described["releases"]["1.16.0"] if each["packagetype"] == "bdist_wheel"]
    client.cli("python", "repository", "create", "--name", "fetched")
    words = ["--form", f"file_url={wheel['url']}", "--form", f"relative_path={wheel['filename']}"]
    href = client.cli("python", "repository", "show", "--name", "fetched")["pulp_href"]
    task = pulp.api("content/python/packages/", *words, "--form", f"repository={href}")["task"]
    pulp.wait_task(task)
    client.cli(
        *("python", "distribution", "create", "--name", "fetched", "--base-path", "fetched", "--repository", "fetched")
    )
    place = install(client, f"{pulp.url}/pypi/fetched/", "six")
    assert client.run(str(place / "bin/python"), "-c", "import six; print(six.__version__)").stdout == "1.16.0\n"


def test_pypi_comes_through(client: Clients, pulp: Pulp) -> None:
    """A distribution with a remote and nothing else fetches what pip asks for."""
    client.cli("python", "remote", "create", "--name", "pypi", "--url", pypi())
    client.cli("python", "distribution", "create", "--name", "through", "--base-path", "through", "--remote", "pypi")
    place = install(client, f"{pulp.url}/pypi/through/", "six==1.17.0", "--no-deps")
    assert client.run(str(place / "bin/python"), "-c", "import six; print(six.__version__)").stdout == "1.17.0\n"


def pypi() -> str:
    """The index that this host installs from, as pulp-python wants it: without `simple/`."""
    found = configparser.RawConfigParser()
    found.read_file(io.StringIO(host.pip_conf()))
    address = found.get("global", "index-url", fallback="https://pypi.org/simple").rstrip("/")
    return address.removesuffix("simple")
