"""A dump of the database is whole or not there, and so is the database when a restore is interrupted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.site.doors import FOLDER, STATE, Driver, contents
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab


def test_a_dump_is_for_root_alone_and_three_are_kept(driver: Driver, copy: str) -> None:
    paths = []
    for generation in range(1, 6):
        paths.append(driver.ask("dump", copy, STATE, str(generation)))
        time.sleep(1)
    listing = driver.pulp.run("find", f"{STATE}/pulp/dumps", "-printf", "%p %m %u\n").splitlines()
    assert sorted(listing) == [f"{STATE}/pulp/dumps 700 root", *(f"{path} 600 root" for path in paths[2:])]
    assert paths[4].endswith("Z-generation-5.dump")


@pytest.mark.parametrize(
    "moment", [0.8, *(pytest.param(moment, marks=pytest.mark.thorough) for moment in (0.2, 0.5, 1.1, 1.4, 1.8, 2.2))]
)
def test_a_restore_that_is_killed_leaves_a_whole_database(driver: Driver, copy: str, moment: float) -> None:
    before = contents(driver, copy)
    path = driver.ask("dump", copy, STATE, "7")
    driver.sql("DELETE FROM django_migrations WHERE app = 'rpm'", copy)
    after = contents(driver, copy)
    python = ("/opt/pulp-quadlet/bin/python3", f"{FOLDER}/migrating.py")
    driver.pulp.machine.run(
        ["timeout", "--signal=KILL", str(moment), *python, "restore", SITE_FILE, copy, path], check=False
    )
    assert contents(driver, copy) in (before, after)
    driver.run("restore", copy, path)
    assert contents(driver, copy) == before
    assert driver.databases() == ["postgres", "pulp", copy]


def test_names_are_swapped_at_once(driver: Driver, copy: str) -> None:
    """A connection that dies between the two renames and their commit has renamed nothing."""
    driver.sql(f'CREATE DATABASE "{copy}-restoring"')
    before = driver.databases()
    statements = (
        f'ALTER DATABASE "{copy}" RENAME TO "{copy}-before-restore"',
        f'ALTER DATABASE "{copy}-restoring" RENAME TO "{copy}"',
        "SELECT pg_terminate_backend(pg_backend_pid())",
    )
    argv = ["podman", "exec", "pulp-postgres", "psql", "--username=pulp", "--single-transaction", "--dbname=postgres"]
    for statement in statements:
        argv += ["--command", statement]
    died = driver.pulp.machine.run(argv, check=False)
    assert died.status != 0
    assert died.stdout == "ALTER DATABASE\nALTER DATABASE\n"
    assert driver.databases() == before
    driver.run("settle", copy)
    assert driver.databases() == ["postgres", "pulp", copy]


def test_a_file_that_is_no_dump_changes_nothing(driver: Driver, copy: str) -> None:
    before = contents(driver, copy)
    driver.pulp.write(f"{FOLDER}/broken.dump", "this is no dump")
    told = driver.fails("restore", copy, f"{FOLDER}/broken.dump")
    [problem] = told["problems"]
    assert told["outcome"] == "the database is as it was"
    assert problem["code"] == "restore-failed"
    assert problem["message"] == f"{FOLDER}/broken.dump could not be restored"
    assert problem["notes"] == [
        "`podman exec` ended with status 1",
        "pg_restore: error: input file does not appear to be a valid archive (too short?)",
    ]
    assert contents(driver, copy) == before
    assert driver.databases() == ["postgres", "pulp", copy]


def test_a_dump_that_fails_leaves_no_file(driver: Driver, copy: str) -> None:
    driver.sql(f'ALTER DATABASE "{copy}" ALLOW_CONNECTIONS false')
    told = driver.fails("dump", copy, STATE, "7")
    [problem] = told["problems"]
    assert told["outcome"] == "nothing was changed"
    assert (problem["code"], problem["message"]) == ("dump-failed", "the database could not be dumped")
    assert problem["notes"][0] == "`podman exec` ended with status 1"
    assert problem["notes"][1].endswith(f'FATAL:  database "{copy}" is not currently accepting connections')
    assert driver.pulp.run("find", STATE, "-type", "f") == ""


def test_a_database_that_is_not_there_is_told(driver: Driver) -> None:
    told = driver.fails("dump", "no-such-database", STATE, "7")
    [problem] = told["problems"]
    assert told["outcome"] == "nothing was changed"
    assert (problem["code"], problem["message"]) == ("database-failed", "PostgreSQL did not do what it was asked")
    assert problem["notes"] == ['ERROR:  database "no-such-database" does not exist']
    assert problem["help"] == ["systemctl status pulp-postgres.service"]


def test_a_deleted_repository_comes_back(pulp: Pulp, driver: Driver) -> None:
    """The whole way, with Pulp's own database: stopped, restored, started."""
    made = pulp.api("repositories/file/file/", "--json", '{"name": "comes-back"}')
    path = driver.ask("dump", "pulp", STATE, "7")
    pulp.wait_task(pulp.api(made["pulp_href"].removeprefix("/pulp/api/v3/"), "--request", "DELETE")["task"])
    assert pulp.api("repositories/?name=comes-back")["count"] == 0
    names = [f"{name}.service" for role in ("pulp-api", "pulp-content", "pulp-worker") for name in pulp.services(role)]
    pulp.run("systemctl", "stop", *names, timeout=300)
    try:
        driver.run("restore", "pulp", path)
    finally:
        pulp.run("systemctl", "start", *names, timeout=300)
    pulp.wait_healthy()
    assert pulp.api("repositories/?name=comes-back")["count"] == 1
    pulp.wait_task(pulp.api(made["pulp_href"].removeprefix("/pulp/api/v3/"), "--request", "DELETE")["task"])
    assert pulp.plan() == "Nothing to do: pulp runs as the site file says.\n"
