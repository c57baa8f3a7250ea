"""Runs Pulp's own functional tests, which ship inside its packages, against a site.

They need the Python and the packages of the very versions that the site runs, so they run in a container of the site's
image, on the network of the machine. They reach Pulp as any client does; but some prepare what they test with the
server's command line, which needs the database, and some damage stored files to see them repaired.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.lab.command import CommandError
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

TAKES_AT_MOST = 1800.0  # seconds; five minutes are usual
AT_ONCE = "4"  # tests; each waits for tasks most of its time
CONTAINER = "lab-functional"
STORAGE = "/var/lib/pulp-quadlet/pulp/storage"
FOLDER = "/root/functional"  # the same in the machine and in the container
TOOLS = (
    *("pytest==8.4.2", "pytest-timeout==2.4.0", "pytest-xdist==3.8.0", "trustme==1.2.1", "jq==1.12.0"),
    *("python-gnupg==0.5.7", "pypi-simple==1.8.0", "jsonschema==4.26.0", "proxy.py==2.4.10"),
)
# In this order, since the last one changes a fixture of the first.
PLUGINS = (
    *("pytest_timeout", "xdist", "pulpcore.pytest_plugin", "pulp_file.pytest_plugin"),
    *("pulp_certguard.pytest_plugin", "pulp_python.pytest_plugin", "lab_fixtures"),
)
SETTINGS = """\
SECRET_KEY = "of the test process alone"
DB_ENCRYPTION_KEY = "/run/secrets/pulp-fields-key"
WORKING_DIRECTORY = "/tmp"
CONTENT_ORIGIN = "{url}"
CACHE_ENABLED = True
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "{database}",
        "NAME": "pulp",
        "USER": "pulp",
        "PASSWORD": open("/run/secrets/pulp-postgres-password").read().strip(),
    }}
}}
"""
# Servers that the tests start must be reachable from the site's containers.
FIXTURES = """\
import types
import pytest

@pytest.fixture(scope="session")
def fixtures_cfg():
    return types.SimpleNamespace(aiohttp_fixtures_origin="{gateway}", remote_fixtures_origin="http://none.invalid/")
"""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The names of tests by what became of them; failures with the first line of what was wrong."""

    passed: frozenset[str]
    failed: dict[str, str]
    skipped: dict[str, str]


def run(pulp: Pulp, modules: list[str], left_out: list[str]) -> tuple[Outcomes, str]:
    """Run the tests of these modules that may run beside each other; return what became of each, and all they said.

    Several at once keep the processors busy, and some tests look at once for what Pulp writes after its answer. So
    what fails is run again, one at a time with nothing beside it; that is what counts.
    """
    options = ["--quiet", "-m", "parallel", "--timeout=300", "--tb=short", "-rfE", "-o", f"cache_dir={FOLDER}/cache"]
    words = [word for plugin in PLUGINS for word in ("-p", plugin)]
    with _container(pulp):
        where = pulp.run(*_inside(), "python3", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        places = [f"--rootdir={where}", f"--config-file={FOLDER}/pytest.ini"]
        words += [f"--deselect={_node(name)}" for name in left_out]
        argv = [*_inside(), "python3", "-m", "pytest", *words, *options, *places, "--pyargs", *modules]
        with step(f"run {len(modules)} modules of Pulp's own tests"):
            first, said = _pytest(pulp, [*argv, "--numprocesses", AT_ONCE])
        with step(f"run {len(first.failed)} of them again, one at a time"):
            alone, said_alone = _pytest(pulp, [*argv, "--numprocesses", "0", "--last-failed"])
    return Outcomes(first.passed | alone.passed, alone.failed, first.skipped), said + said_alone


def _pytest(pulp: Pulp, argv: list[str]) -> tuple[Outcomes, str]:
    report = f"{FOLDER}/report.xml"
    pulp.run("rm", "-f", report)
    result = pulp.machine.run([*argv, f"--junitxml={report}"], check=False, timeout=TAKES_AT_MOST)
    told = pulp.machine.run(["cat", report], check=False)
    if told.status:
        raise CommandError(argv, "wrote no report", result)
    return _read(told.stdout), result.stdout


@contextmanager
def _container(pulp: Pulp) -> Iterator[None]:
    """A container of the site's image with the tests' own needs, for as long as it is used."""
    versions = {each["component"]: each["version"] for each in pulp.api("status/")["versions"]}
    core, python = versions["core"], versions["python"]
    bindings = [f"pulp{name}-client=={core}" for name in ("core", "-file", "-certguard")]
    needs = [*bindings, f"pulp-python-client=={python}", *TOOLS]
    _furnish(pulp)
    with step(f"install {len(needs)} packages for Pulp's own tests"):
        _install(pulp, needs)
    image = pulp.inspect("pulp-api-1")["ImageName"]
    start = ["podman", "run", "--detach", "--rm", "--replace", f"--name={CONTAINER}", "--network=host", "--user=0"]
    start += ["--secret=pulp-postgres-password", "--secret=pulp-fields-key", f"--env-file={FOLDER}/environment"]
    pulp.run(*start, f"--volume={FOLDER}:{FOLDER}", f"--volume={STORAGE}:/var/lib/pulp", image, "sleep", "infinity")
    try:
        yield
    finally:
        pulp.run("podman", "rm", "--force", "--time=0", CONTAINER)
        pulp.run("rm", "-r", FOLDER)


def _install(pulp: Pulp, needs: list[str]) -> None:
    """With the pip that Pulp's image was made with, since that image has none."""
    listed = json.loads(pulp.cli("image", "list", "--json").stdout)["images"]
    tools = next(each["reference"] for each in listed if each["role"] == "tools")
    start = ["podman", "run", "--rm", "--network=host", "--user=0", f"--volume={FOLDER}:{FOLDER}", tools]
    install = ["/opt/tools/bin/pip", "install", "--quiet", "--root-user-action=ignore", f"--target={FOLDER}/packages"]
    pulp.run(*start, *install, *needs, timeout=600)


def _inside() -> list[str]:
    return ["podman", "exec", f"--workdir={FOLDER}", CONTAINER]


def _furnish(pulp: Pulp) -> None:
    network = json.loads(pulp.run("podman", "network", "inspect", "pulp"))
    database = pulp.inspect("pulp-postgres")["NetworkSettings"]["Networks"]["pulp"]["IPAddress"]
    pulp.run("mkdir", "--mode=0700", FOLDER)
    pulp.write(f"{FOLDER}/pytest.ini", "[pytest]\n")
    pulp.write(f"{FOLDER}/settings.py", SETTINGS.format(url=pulp.url, database=database))
    pulp.write(f"{FOLDER}/lab_fixtures.py", FIXTURES.format(gateway=network[0]["subnets"][0]["gateway"]))
    scheme, _, address = pulp.url.partition("://")
    host, _, port = address.partition(":")
    environment = {
        "API_PROTOCOL": scheme,
        "API_HOST": host,
        "API_PORT": port,
        "ADMIN_PASSWORD": pulp.password,
        "REMOTE_FIXTURES_ORIGIN": "http://none.invalid/",
        "PULP_SETTINGS": f"{FOLDER}/settings.py",
        "DJANGO_SETTINGS_MODULE": "pulpcore.app.settings",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": f"{FOLDER}:{FOLDER}/packages",
        "HOME": FOLDER,
    }
    pulp.write(f"{FOLDER}/environment", "".join(f"{name}={value}\n" for name, value in environment.items()))


def _node(name: str) -> str:
    """`package.module::test` as pytest calls it."""
    module, _, test = name.partition("::")
    return f"{module.replace('.', '/')}.py::{test}"


def _read(report: str) -> Outcomes:
    passed, failures, skips = set(), {}, {}
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314  written by pytest a moment ago
        module, _, group = case.attrib["classname"].partition(".Test")
        name = f"{module}::{f'Test{group}::' if group else ''}{case.attrib['name']}"
        wrong = [each.attrib.get("message", "") for each in case if each.tag in {"failure", "error"}]
        skipped = [each.attrib.get("message", "") for each in case if each.tag == "skipped"]
        if wrong:
            failures[name] = (wrong[0].splitlines() or [""])[0][:200]
        elif skipped:
            skips[name] = skipped[0]
        else:
            passed.add(name)
    return Outcomes(frozenset(passed), failures, skips)
