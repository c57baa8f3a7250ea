"""Migrations are looked at in the new image before anything is touched, and one that fails half way is undone.

What could harm the site is done to a copy of its database, by the site's own PostgreSQL and with Pulp's real image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.paths import lock_path
from tests.site.doors import BUILDING, CONFIG, COPIED_CONFIG, FOLDER, STATE, Driver, contents
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

# Django makes this table when half of the new plugin's migrations are done.
REFUSE = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE 'public.deb_debpackagesign%') THEN
        RAISE EXCEPTION 'refused by a test';
    END IF;
END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse();
"""


@pytest.fixture(scope="module")
def bigger(driver: Driver, one_more_plugin: str) -> Driver:
    """A site file that wants one more plugin, and its image."""
    file = f"{FOLDER}/bigger.toml"
    driver.pulp.write(file, driver.pulp.read(SITE_FILE) + one_more_plugin)
    driver.pulp.run("cp", lock_path(f"{BUILDING}/site.toml"), lock_path(file))
    return Driver(driver.pulp, file)


def test_nothing_is_pending_in_the_image_that_runs(pulp: Pulp, driver: Driver) -> None:
    """And all processes are found by their rows."""
    found = driver.ask("look", CONFIG)
    assert found["plan"]["mode"] == "none"
    assert found["plan"]["reasons"] == ["the database is as the image needs it"]
    # one that an earlier test killed may count still, so a name may be there twice
    names = {process["name"].partition("@")[2] for process in found["survey"]["processes"]}
    roles = ("pulp-api", "pulp-content", "pulp-worker")
    assert names == {name for role in roles for name in pulp.services(role)}
    versions = dict(found["survey"]["versions"])
    assert [process for process in found["survey"]["processes"] if dict(process["versions"]) != versions] == []
    assert pulp.run("podman", "ps", "--all", "--quiet", "--filter", "label=org.pulpproject.quadlet.once") == ""


def test_a_survey_is_confined_and_leaves_no_container_behind(pulp: Pulp, driver: Driver) -> None:
    done = driver.ask("once", CONFIG, "cat", "/proc/self/status")
    status = dict(line.split(":\t", 1) for line in done["stdout"].splitlines() if ":\t" in line)
    assert (status["Uid"].split()[0], status["Gid"].split()[0]) == ("700", "700")
    assert (status["CapEff"], status["CapBnd"], status["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")
    done = driver.ask("once", CONFIG, "sh", "-c", "touch /x; ls -l /run/secrets/secret-key; exit 7")
    assert done["status"] == 7
    assert "Read-only file system" in done["stderr"]
    assert done["stdout"].startswith("-r--------. 1 pulp pulp ") or done["stdout"].startswith("-r-------- 1 pulp pulp ")


def test_what_a_killed_survey_left_is_removed_by_the_next(pulp: Pulp, driver: Driver) -> None:
    argv = ["timeout", "--signal=KILL", "3", "/opt/pulp-quadlet/bin/python3", f"{FOLDER}/migrating.py", "once"]
    pulp.machine.run([*argv, SITE_FILE, CONFIG, "sleep", "300"], check=False)
    left = ("podman", "ps", "--all", "--format", "{{.Names}}", "--filter", "label=org.pulpproject.quadlet.once")
    assert pulp.run(*left) == "pulp-survey\n"
    assert driver.ask("once", CONFIG, "true")["status"] == 0
    assert pulp.run(*left) == ""


def test_a_container_that_takes_too_long_is_ended(pulp: Pulp, driver: Driver) -> None:
    [problem] = driver.fails("late", CONFIG)["problems"]
    assert (problem["code"], problem["message"]) == (
        "podman-failed",
        "the container pulp-survey was not done after 1 s",
    )
    assert pulp.run("podman", "ps", "--all", "--quiet", "--filter", "label=org.pulpproject.quadlet.once") == ""


def test_what_podman_refuses_is_told(driver: Driver) -> None:
    [problem] = driver.fails("nowhere", CONFIG)["problems"]
    assert (problem["code"], problem["message"]) == ("podman-failed", "Podman did not do what it was asked")
    assert "localhost/no-such-image: image not known" in problem["notes"][0]
    assert problem["help"] == ["systemctl status podman.socket"]


def test_an_empty_database_is_surveyed_too(driver: Driver, copy: str) -> None:
    driver.sql(f'DROP DATABASE "{copy}"')
    driver.sql(f'CREATE DATABASE "{copy}"')
    found = driver.ask("look", COPIED_CONFIG)
    assert (found["plan"]["mode"], found["plan"]["dump"]) == ("first", False)
    assert found["plan"]["reasons"] == ["the database is empty"]
    assert len(found["plan"]["steps"]) > 100
    assert found["survey"]["processes"] == []
    assert driver.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", copy) == "0"


def test_a_database_that_does_not_answer_is_told(driver: Driver, copy: str) -> None:
    driver.pulp.run("sed", "-i", 's/"PORT": .*/"PORT": "1",/', f"{COPIED_CONFIG}/stored.py")
    told = driver.fails("look", COPIED_CONFIG)
    [problem] = told["problems"]
    assert problem["code"] == "survey-failed"
    assert problem["message"].startswith("the migrations of the image localhost/pulp-quadlet/pulp:")
    assert problem["message"].endswith(" could not be looked at")
    assert "the database cannot be read: connection failed" in "\n".join(problem["notes"])


def test_what_an_older_database_lacks_is_named(driver: Driver, copy: str) -> None:
    """Told of a database whose last migrations are forgotten, and from which a process of an old version speaks."""
    driver.sql("DELETE FROM django_migrations WHERE app = 'rpm' AND name >= '0073'", copy)
    driver.sql("""UPDATE core_appstatus SET versions = versions || '"rpm"=>"3.30.0"', last_heartbeat = now()""", copy)
    found = driver.ask("look", COPIED_CONFIG)
    title = "rpm.0073_evr_cleanup"
    assert found["plan"]["mode"] == "stop"
    needs, one_way, *_ = found["plan"]["reasons"]
    needed = f"{title} needs rpm 3.37 or newer in every process"
    assert re.match(rf"{needed}, and \d+@pulp-api-1 runs 3\.30\.0, \d+ more run an older one too$", needs)
    assert one_way == f"{title} cannot be undone: RunSQL"
    assert (found["plan"]["dump"], found["plan"]["minutes"]) == (True, 2)
    assert found["plan"]["steps"][0]["title"] == title


def test_a_history_that_django_refuses_is_told_before(driver: Driver, copy: str) -> None:
    driver.sql("DELETE FROM django_migrations WHERE app = 'rpm' AND name LIKE '0073%'", copy)
    [problem] = driver.fails("look", COPIED_CONFIG)["problems"]
    assert problem["notes"][-1].startswith("Django would refuse to migrate: Migration rpm.0074_")
    assert " is applied before its dependency rpm.0073_evr_cleanup " in problem["notes"][-1]


def test_an_image_that_is_older_than_the_database_is_told(driver: Driver, copy: str) -> None:
    driver.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_future', now())", copy)
    assert driver.ask("look", COPIED_CONFIG)["plan"]["ahead"] == ["core.9999_future"]


def test_one_more_plugin_is_a_new_app(bigger: Driver) -> None:
    """Its one-way steps have nothing to lose, so they run beside what runs."""
    found = bigger.ask("look", CONFIG)
    pending = found["survey"]["pending"]
    assert {(each["app"], each["new_app"]) for each in pending} == {("deb", True)}
    assert len(pending) > 10
    assert (found["plan"]["mode"], found["plan"]["dump"]) == ("rolling", False)
    assert found["plan"]["reasons"] == [f"{len(pending)} migrations can run beside the processes of today"]
    assert found["plan"]["steps"][0]["special"][0] == "deb is new to this database, so there is nothing to lose"


def test_a_migration_that_fails_half_way_is_undone_by_the_dump(bigger: Driver, copy: str) -> None:
    before = contents(bigger, copy)
    path = bigger.ask("dump", copy, STATE, "7")
    bigger.sql(REFUSE, copy)
    done = bigger.ask("once", COPIED_CONFIG, "pulpcore-manager", "migrate", "--noinput")
    assert done["status"] != 0
    assert "refused by a test" in done["stderr"]
    left = bigger.ask("look", COPIED_CONFIG)["survey"]["pending"]
    assert (left[0]["name"], left[0]["new_app"]) == ("0036_add_deb_package_signing_result", False)
    bigger.run("restore", copy, path)
    assert contents(bigger, copy) == before
    assert bigger.ask("look", COPIED_CONFIG)["plan"]["mode"] == "rolling"
    assert bigger.sql("SELECT count(*) FROM pg_event_trigger", copy) == "0"
