"""What the survey's program says becomes a value, and rows of dead processes are waited for."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import oneshot, survey
from pulp_quadlet.host.command import Finished
from pulp_quadlet.host.oneshot import Once, archive, specification
from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.migration import DatabaseFacts, LiveProcess, PendingMigration, Requirement, Survey
from pulp_quadlet.model.service import Mount, Owner, SecretUse, Service

if TYPE_CHECKING:
    from pathlib import Path

SAID = {
    "versions": {"core": "3.123.1"},
    "first": False,
    "pending": [
        {
            "app": "core",
            "name": "0144_delete_old_appstatus",
            "operations": 5,
            "atomic": True,
            "concurrent": False,
            "one_way": [],
            "removes": ["model worker"],
            "renames": [],
            "requires": [{"component": "core", "version": "3.87"}],
            "new_app": False,
            "rows_by_program": 0,
            "rows_by_database": 0,
        }
    ],
    "ahead": ["rpm.0074_a"],
    "processes": [{"kind": "api", "name": "4@pulp-api-1", "versions": {"core": "3.110.0"}, "age": 1.5, "ttl": 120.0}],
    "database": {"host": "pulp-postgres", "port": "5432", "name": "pulp", "user": "pulp", "size": 15275699},
}
FOUND = Survey(
    versions=(("core", "3.123.1"),),
    first=False,
    pending=(
        PendingMigration(
            app="core",
            name="0144_delete_old_appstatus",
            operations=5,
            removes=("model worker",),
            requires=(Requirement(component="core", version="3.87"),),
        ),
    ),
    ahead=("rpm.0074_a",),
    processes=(LiveProcess(kind="api", name="4@pulp-api-1", versions=(("core", "3.110.0"),), age=1.5, ttl=120.0),),
    database=DatabaseFacts(host="pulp-postgres", port="5432", name="pulp", user="pulp", size=15275699),
)
MIGRATE = Service(
    name="pulp-migrate",
    role="migrate",
    description="Pulp database migration",
    image="localhost/pulp:2",
    command=("python3", "/etc/pulp/migrate.py"),
    owner=Owner(uid=700, gid=700),
    environment=(("PULP_SETTINGS", "/etc/pulp/settings.py"), ("HOME", "/tmp")),
    mounts=(
        Mount(source="/etc/pulp-quadlet/pulp/current/config/pulp", target="/etc/pulp"),
        Mount(source="/srv/pulp", target="/var/lib/pulp", writable=True, data=True),
        Mount(source="/etc/ssl/ca.pem", target="/etc/pki/ca.pem"),
    ),
    secrets=(SecretUse(secret="pulp-secret-key", target="secret-key"),),  # noqa: S106  # its name
)

CONFIG = (TextFile(path="config/pulp/settings.py", text="A = 'ä'\n"),)


def test_what_was_said_becomes_a_value() -> None:
    done = Finished(status=0, stdout=json.dumps(SAID), stderr="")
    assert survey.understood("localhost/pulp:2", done) == FOUND


def test_a_survey_that_fails_is_told_with_its_last_words() -> None:
    done = Finished(status=1, stdout="", stderr="".join(f"line {number}\n\n" for number in range(30)))
    with pytest.raises(HostError) as caught:
        survey.understood("localhost/pulp:2", done)
    [problem] = caught.value.problems
    assert problem.code == "survey-failed"
    assert problem.message == "the migrations of the image localhost/pulp:2 could not be looked at"
    assert problem.notes == tuple(f"line {number}" for number in range(10, 30))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')"),
        ("{}", "KeyError('versions')"),
        ("[]", "TypeError('list indices must be integers or slices, not str')"),
    ],
)
def test_a_survey_that_cannot_be_read_is_told(said: str, why: str) -> None:
    with pytest.raises(HostError) as caught:
        survey.understood("localhost/pulp:2", Finished(status=0, stdout=said, stderr=""))
    [problem] = caught.value.problems
    assert problem.code == "survey-failed"
    assert problem.message == f"what the image localhost/pulp:2 said of its migrations cannot be read: {why}"


def test_the_survey_sees_the_new_settings_and_no_data() -> None:
    once = survey.once("pulp", MIGRATE, CONFIG)
    assert once.mounts == (Mount(source="/etc/ssl/ca.pem", target="/etc/pki/ca.pem"),)
    assert once.files == (TextFile(path="/etc/pulp-survey/settings.py", text="A = 'ä'\n"),)
    assert once.environment == (("PULP_SETTINGS", "/etc/pulp-survey/settings.py"), ("HOME", "/tmp"))
    assert (once.command[:2], once.image, once.owner) == (("python3", "-c"), MIGRATE.image, MIGRATE.owner)
    assert once.secrets == MIGRATE.secrets


@pytest.mark.parametrize("source", ["/etc/pulp-quadlet/pulp", "/etc/pulp-quadlet/pulp/generations"])
def test_the_survey_does_not_see_what_is_current(source: str) -> None:
    service = replace(MIGRATE, mounts=(Mount(source=source, target="/etc/pulp-quadlet"),))
    assert survey.once("pulp", service, CONFIG).mounts == ()


def test_files_of_a_container_are_readable_for_all_and_belong_to_root() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(survey.once("pulp", MIGRATE, CONFIG).files))) as tar:
        [entry] = tar.getmembers()
        content = tar.extractfile(entry)
        assert content is not None
        assert content.read().decode() == "A = 'ä'\n"
    assert (entry.name, entry.mode, entry.uid, entry.gid) == ("etc/pulp-survey/settings.py", 0o444, 0, 0)


def test_it_is_confined_as_the_services_are() -> None:
    once = replace(survey.once("pulp", MIGRATE, CONFIG), command=("true",))
    assert specification(once, network=True) == {
        "name": "pulp-survey",
        "image": "localhost/pulp:2",
        "entrypoint": [],
        "command": ["true"],
        "user": "700:700",
        "hostname": "pulp-survey",
        "labels": {"org.pulpproject.quadlet.site": "pulp", "org.pulpproject.quadlet.once": "pulp-survey"},
        "env": {"PULP_SETTINGS": "/etc/pulp-survey/settings.py", "HOME": "/tmp"},
        "read_only_filesystem": True,
        "read_write_tmpfs": True,
        "no_new_privileges": True,
        "cap_drop": ["all"],
        "image_volume_mode": "ignore",
        "netns": {"nsmode": "bridge"},
        "Networks": {"pulp": {}},
        "mounts": [
            {
                "type": "bind",
                "source": "/etc/ssl/ca.pem",
                "destination": "/etc/pki/ca.pem",
                "options": ["rbind", "ro"],
            },
        ],
        "secrets": [{"Source": "pulp-secret-key", "Target": "secret-key", "UID": 700, "GID": 700, "Mode": 0o400}],
        "log_configuration": {"driver": "k8s-file"},
    }


def test_a_folder_that_is_written_is_mounted_for_that() -> None:
    once = Once(
        site="pulp",
        name="pulp-x",
        image="x",
        command=("true",),
        owner=Owner(uid=1, gid=2),
        mounts=(Mount(source="/srv/routes", target="/routes", writable=True),),
    )
    found = specification(once, network=False)
    (mount,) = found["mounts"]
    assert mount == {"type": "bind", "source": "/srv/routes", "destination": "/routes", "options": ["rbind", "rw"]}
    assert found["Networks"] == {}


@dataclass
class Rows:
    """A clock that only sleeping moves, and rows that vanish at their time. Surveys take a second."""

    until: dict[str, float]
    beats: bool = False
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def look(self) -> Survey:
        self.now += 1
        rows = tuple(self._row(name, end) for name, end in self.until.items() if end >= self.now)
        return replace(FOUND, processes=rows)

    def _row(self, name: str, end: float) -> LiveProcess:
        age = 3.0 if self.beats else 120.0 - (end - self.now)
        return LiveProcess(kind="api", name=name, versions=(), age=age, ttl=120.0)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)

    async def gone(self) -> Survey:
        return await survey.gone(self.look, sleep=self.sleep, clock=lambda: self.now)


def test_when_all_ended_well_nothing_is_waited_for() -> None:
    rows = Rows({})
    assert asyncio.run(rows.gone()).processes == ()
    assert rows.slept == []


def test_the_row_of_a_killed_process_is_waited_for_as_long_as_it_counts() -> None:
    rows = Rows({"4@pulp-api-1": 90.0, "1@pulp-worker-1": 20.0})
    assert asyncio.run(rows.gone()).processes == ()
    assert rows.slept == [90.0]


def test_a_row_that_goes_on_counting_belongs_to_a_process_that_lives() -> None:
    rows = Rows({"4@other-pulp-api-1": 9999.0}, beats=True)
    with pytest.raises(HostError) as caught:
        asyncio.run(rows.gone())
    [problem] = caught.value.problems
    assert problem.code == "processes-alive"
    assert problem.message == "processes of Pulp still run on this database: 4@other-pulp-api-1"
    assert problem.notes == ("a migration that needs them stopped was due, and did not begin",)
    assert problem.help == ("stop Pulp on the other hosts of the site too",)
    assert sum(rows.slept) < 130


def test_a_secret_that_is_not_made_yet_is_left_out() -> None:
    known = [use.secret for use in MIGRATE.secrets]
    key = replace(MIGRATE.secrets[0], secret="pulp-token-private-key")  # noqa: S106  # the name of one
    new = replace(MIGRATE, secrets=(*MIGRATE.secrets, key))
    assert survey.with_known(new, known) == MIGRATE


def test_a_podman_that_is_not_there_is_told_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oneshot, "_SOCKET", str(tmp_path / "podman.sock"))
    monkeypatch.setattr(oneshot, "_LOCKS", tmp_path)
    once = Once(site="pulp", name="pulp-x", image="x", command=("true",), owner=Owner(uid=1, gid=2))
    with pytest.raises(HostError) as caught:
        asyncio.run(oneshot.run(once))
    [problem] = caught.value.problems
    asked, why = problem.notes
    assert problem.code == "podman-failed"
    assert "GET operation failed" in asked
    assert "Unable to make connection" in why
