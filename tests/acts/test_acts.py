"""What a change of each key of the site file does to a running site: as little as possible, and written down.

`acts.txt` holds the answer for every key; `pytest --update-golden` writes it anew, and git shows what became worse.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.config.json_schema import json_schema
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.steps import AwaitGone, ChangeUnit, DumpDatabase, ProvideImage, ProvideSecret, StartUnits, Step
from pulp_quadlet.model.target import Target
from pulp_quadlet.pipeline import Request, apply, plan_change
from tests.fake_host import FakeHost, Heard
from tests.sites import MINIMAL, SELINUX, TARGET, compiled
from tests.test_transaction import HARMLESS, with_survey

LIST = Path(__file__).with_name("acts.txt")
HTTPS = MINIMAL.replace("http://localhost:8080", "https://pulp.example.org")
REGISTRY = MINIMAL + '[image]\nsource = "registry"\n'
ARCHIVE = MINIMAL + '[image]\nsource = "archive"\narchive = "/srv/pulp.tar"\n'
ELSEWHERE = MINIMAL + '[database]\nhost = "db"\npassword = { secret = "a" }\nsslmode = "require"\n'
CACHE = MINIMAL + '[cache]\nmode = "external"\nhost = "cache"\n'
S3 = MINIMAL + '[storage]\nbackend = "s3"\nbucket = "artifacts"\nregion = "r"\n'
CONTAINER = MINIMAL + '[plugins]\npulp-container = "*"\n'

# Each key with a site before and after: what is put behind it in the file, or replaced in it.
CHANGES: dict[str, tuple[str, str]] = {
    "(a comment)": (MINIMAL, MINIMAL + "# a comment\n"),
    "site.url": (MINIMAL, MINIMAL.replace("localhost", "pulp.example.org")),
    "image.base": (MINIMAL, MINIMAL + '[image]\nbase = "docker.io/library/debian:sid-slim"\n'),
    "image.pulp": (REGISTRY, REGISTRY + 'pulp = "quay.io/pulp/pulp-minimal:3.123"\n'),
    "image.postgres": (REGISTRY, REGISTRY + 'postgres = "docker.io/library/postgres:17.2"\n'),
    "image.cache": (REGISTRY, REGISTRY + 'cache = "docker.io/valkey/valkey:9"\n'),
    "image.web": (REGISTRY, REGISTRY + 'web = "docker.io/library/nginx:1.29"\n'),
    "image.archive": (ARCHIVE, ARCHIVE.replace("/srv/pulp.tar", "/srv/other.tar")),
    "image.api": (MINIMAL, MINIMAL + '[image]\napi = "registry.example.org/pulp:1"\n'),
    "image.content": (MINIMAL, MINIMAL + '[image]\ncontent = "registry.example.org/pulp:1"\n'),
    "image.worker": (MINIMAL, MINIMAL + '[image]\nworker = "registry.example.org/pulp:1"\n'),
    "image.index_url": (MINIMAL, MINIMAL + '[image]\nindex_url = "https://pypi.example.org/simple/"\n'),
    "image.extra_index_urls": (MINIMAL, MINIMAL + '[image]\nextra_index_urls = ["https://pypi.example.org/"]\n'),
    "image.pip_options": (MINIMAL, MINIMAL + '[image]\npip_options = ["--pre"]\n'),
    "image.wheels": (MINIMAL, MINIMAL + '[image]\nwheels = "/srv/wheels"\n'),
    "image.offline": (
        MINIMAL + '[image]\nwheels = "/srv/wheels"\n',
        MINIMAL + '[image]\nwheels = "/srv/wheels"\noffline = true\n',
    ),
    "trust.ca": (MINIMAL, MINIMAL + '[trust]\nca = "image"\n'),
    "plugins": (MINIMAL, MINIMAL + '[plugins]\npulp-deb = "*"\n'),
    "plugins, one that is off": (CONTAINER, CONTAINER.replace('"*"', "{ enabled = false }")),
    "plugins, one that is on again": (CONTAINER.replace('"*"', "{ enabled = false }"), CONTAINER),
    "api.replicas": (MINIMAL, MINIMAL + "[api]\nreplicas = 3\n"),
    "api.processes": (MINIMAL, MINIMAL + "[api]\nprocesses = 2\n"),
    "api.timeout": (MINIMAL, MINIMAL + "[api]\ntimeout = 120\n"),
    "api.memory": (MINIMAL, MINIMAL + '[api]\nmemory = "2G"\n'),
    "content.replicas": (MINIMAL, MINIMAL + "[content]\nreplicas = 3\n"),
    "content.processes": (MINIMAL, MINIMAL + "[content]\nprocesses = 2\n"),
    "content.memory": (MINIMAL, MINIMAL + '[content]\nmemory = "2G"\n'),
    "workers.count": (MINIMAL, MINIMAL + "[workers]\ncount = 3\n"),
    "workers.count, less": (MINIMAL, MINIMAL + "[workers]\ncount = 1\n"),
    "workers.memory": (MINIMAL, MINIMAL + '[workers]\nmemory = "2G"\n'),
    "workers.drain": (MINIMAL, MINIMAL + "[workers]\ndrain = 60\n"),
    "database.host": (ELSEWHERE, ELSEWHERE.replace('"db"', '"db2"')),
    "database.port": (ELSEWHERE, ELSEWHERE + "port = 5433\n"),
    "database.name": (ELSEWHERE, ELSEWHERE + 'name = "other"\n'),
    "database.user": (ELSEWHERE, ELSEWHERE + 'user = "other"\n'),
    "database.password": (ELSEWHERE, ELSEWHERE.replace('"a"', '"b"')),
    "database.sslmode": (ELSEWHERE, ELSEWHERE.replace("require", "verify-full")),
    "database.path": (MINIMAL, MINIMAL + '[database]\npath = "/srv/database"\n'),
    "cache.mode": (MINIMAL, MINIMAL + '[cache]\nmode = "off"\n'),
    "cache.host": (CACHE, CACHE.replace('"cache"', '"cache2"')),
    "cache.port": (CACHE, CACHE + "port = 6380\n"),
    "cache.password": (CACHE, CACHE + 'password = { secret = "a" }\n'),
    "cache.memory": (MINIMAL, MINIMAL + '[cache]\nmemory = "1G"\n'),
    "storage.path": (MINIMAL, MINIMAL + '[storage]\npath = "/srv/pulp"\n'),
    "storage.backend": (MINIMAL, S3),
    "web.http": (MINIMAL, MINIMAL + "[web]\nhttp = 9000\n"),
    "web.https": (HTTPS, HTTPS + "[web]\nhttps = 8443\n"),
    "web.addresses": (MINIMAL, MINIMAL + '[web]\naddresses = ["127.0.0.1"]\n'),
    "web.tls": (HTTPS, HTTPS + '[web.tls]\ncertificate = { secret = "a" }\nkey = { secret = "a" }\n'),
    "secrets.secret_key": (MINIMAL, MINIMAL + '[secrets]\nsecret_key = { secret = "a" }\n'),
    "secrets.fields_key": (MINIMAL, MINIMAL + '[secrets]\nfields_key = { secret = "a" }\n'),
    "secrets.admin_password": (MINIMAL, MINIMAL + '[secrets]\nadmin_password = { secret = "a" }\n'),
    "secrets.token_private_key": (CONTAINER, CONTAINER + '[secrets]\ntoken_private_key = { secret = "a" }\n'),
    "selinux.mode": (MINIMAL, MINIMAL + '[selinux]\nmode = "off"\n'),
    "selinux.permissive": (MINIMAL, MINIMAL + '[selinux]\npermissive = ["worker"]\n'),
    "selinux.remote_ports": (MINIMAL, MINIMAL + "[selinux]\nremote_ports = [8081]\n"),
    "selinux.on_demand": (MINIMAL, MINIMAL + "[selinux]\non_demand = false\n"),
    "selinux.pull_through": (MINIMAL, MINIMAL + "[selinux]\npull_through = true\n"),
    "settings": (MINIMAL, MINIMAL + "[settings]\nANALYTICS = false\n"),
    "settings, kept in the database": (MINIMAL, MINIMAL + "[settings]\nHIDE_GUARDED_DISTRIBUTIONS = true\n"),
}
# `site.name` is another site, `site.engine` has one value, `image.source` changes all that image.* does, and a host's
# table says what runs elsewhere; the keys of storage backends are one kind.
ELSEHOW = {"site.name", "site.engine", "image.source", "hosts", "storage"}


def test_every_key_is_there() -> None:
    schema = json_schema()
    keys: set[str] = set()
    for table, described in schema["properties"].items():
        inner = _resolved(described, schema).get("properties", {})
        keys |= {f"{table}.{key}" for key in inner} or {table}
    assert keys - CHANGES.keys() - ELSEHOW == set()


def test_the_list_is_right(pytestconfig: pytest.Config) -> None:
    lines = [
        line
        for key, change in CHANGES.items()
        for line in (key, *(f"    {act}" for act in acts(*change, target_of(key))))
    ]
    told = "\n".join([*lines, ""])
    if pytestconfig.getoption("update_golden"):
        LIST.write_text(told, encoding="utf-8")
    assert told == LIST.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", CHANGES)
def test_it_is_done_once(key: str) -> None:
    """And nothing is left to do then."""
    host = running(CHANGES[key][0], target_of(key))
    site = compiled(CHANGES[key][1], target_of(key))
    asyncio.run(apply(Request(wanted=site.generation(Origin())), host, Heard()))
    assert asyncio.run(plan_change(site.generation(Origin()), host, site.locate)).plan.steps == ()


def target_of(key: str) -> Target:
    """A host that has what the key is about."""
    return replace(TARGET, selinux=SELINUX) if key.startswith("selinux.") else TARGET


def running(text: str, target: Target) -> FakeHost:
    host = with_survey(HARMLESS)
    host.secrets_of_a_person = {"a", "b"}
    site = compiled(text, target)
    asyncio.run(apply(Request(wanted=site.generation(Origin())), host, Heard()))
    return host


def acts(before: str, after: str, target: Target) -> Iterator[str]:
    host, site = running(before, target), compiled(after, target)
    change = asyncio.run(plan_change(site.generation(Origin()), host, site.locate))
    found = dict.fromkeys(act for step in change.plan.steps for act in _acts(step, site.deployment))
    yield from found or ("nothing",)


def _acts(step: Step, deployment: Deployment) -> Iterator[str]:
    match step:
        case ProvideImage():
            yield f"{step.title.partition(' ')[0]} the image {step.image.role}"
        case ProvideSecret() | AwaitGone() | DumpDatabase():
            yield step.title
        case ChangeUnit():
            yield f"{step.verb} {_kind(step.unit)}"
        case StartUnits():
            yield from (f"start {_kind(unit)}" for unit, _ in step.units)


def _kind(unit: str) -> str:
    """The unit without the number of a replica."""
    name, _, kind = unit.removeprefix("pulp-").partition(".")
    return re.sub(r"-\d+", "", name) + (" socket" if kind == "socket" else "")


def _resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = described.get("$ref", "")
    found: dict[str, Any] = schema
    for part in reference.removeprefix("#/").split("/") if reference else ():
        found = found[part]
    return found if reference else described
