"""An upgrade from a real older release, whose migrations need Pulp stopped and cannot be undone.

It is a second site on the same host. Its newer image is the one of the first site, and so is the ground of the older.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet.paths import lock_path
from tests.site import doors
from tests.site.pulp import SITE_FILE, Pulp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.command import Result

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

FILE = "/etc/pulp-quadlet/older.toml"
URL = "http://localhost:8491"
# The last releases before rpm.0073, which has no way back and wants rpm 3.37 in every process; pulpcore comes to fit
OLDER = '\n[plugins]\npulp-python = "*"\npulp-rpm = "==3.36.1"\n'
TODAY = '\n[plugins]\npulp-python = "*"\npulp-rpm = "*"\n'
SITE = f"""
[site]
name = "older"
url = "{URL}"

[api]
replicas = 1

[content]
replicas = 1

[workers]
count = 1

[cache]
mode = "off"
"""
# core.0160 makes this table, when most of the migrations are done
REFUSE = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE 'public.core_envvarheader%') THEN
        RAISE EXCEPTION 'refused by a test';
    END IF;
END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse();
"""
ALLOW = "DROP EVENT TRIGGER refuse; DROP FUNCTION refuse"
# Its file plugin does not even load without git, and its servers do not know an option that ours are started with
WITHOUT = """#!/bin/sh
for word; do
    shift
    [ "$word" = --no-control-socket ] || set -- "$@" "$word"
done
exec "$0.real" "$@"
"""
RECIPE = """
FROM {today}
USER 0:0
RUN apt-get update && apt-get install --yes --no-install-recommends git
RUN --mount=type=bind,from={tools},source=/opt/tools,target=/opt/tools \\
    /opt/tools/bin/pip --python /opt/pulp/bin/python install --no-cache-dir --cert /ca.pem \\
    pulp-rpm==3.36.1 pulp-python 'pulpcore<3.115'
RUN cd /opt/pulp/bin && for name in pulpcore-api pulpcore-content; do mv $name $name.real; {write} >$name; \\
    chmod 755 $name; done
USER 700:700
"""
CA = "--volume=/etc/ssl/certs/ca-certificates.crt:/ca.pem:ro"
SHOW = ("podman", "secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "older-admin-password")


@dataclass(frozen=True, slots=True)
class Older:
    """The second site, as its owner sees it."""

    pulp: Pulp

    def want(self, plugins: str) -> None:
        self.pulp.write(FILE, SITE + plugins)

    def want_what_the_other_has(self) -> None:
        """With a lock that is taken over from it, so that the image is the same."""
        self.want(TODAY)
        self.pulp.run("cp", lock_path(SITE_FILE), lock_path(FILE))

    def cli(self, *words: str, check: bool = True) -> Result:
        return self.pulp.cli(words[0], "--file", FILE, *words[1:], check=check)

    def told(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.cli(*words, "--json").stdout)
        return found

    def versions(self) -> dict[str, str]:
        """What each process says of itself, which has to be the same."""
        status = self.pulp.api("status/")
        listed = [row for kind in ("workers", "api_apps", "content_apps") for row in status[f"online_{kind}"]]
        found = {json.dumps(row["versions"], sort_keys=True) for row in listed}
        assert len(found) == 1, found
        versions: dict[str, str] = json.loads(found.pop())
        assert versions["core"] == next(v["version"] for v in status["versions"] if v["component"] == "core")
        return versions

    def sql(self, statement: str) -> str:
        psql = ("podman", "exec", "older-postgres", "psql", "-qAtX", "--username=pulp", "--dbname=pulp")
        return self.pulp.run(*psql, "-c", statement).strip()

    def repositories(self) -> list[str]:
        return [each["name"] for each in self.pulp.api("repositories/")["results"]]

    def generation(self) -> int:
        """The number of the one that runs."""
        generations = self.told("history")["generations"]
        return int(next(each["generation"] for each in generations if each["current"]))

    def migrations(self) -> int:
        return int(self.sql("SELECT count(*) FROM django_migrations"))


@pytest.fixture(scope="module")
def older(pulp: Pulp) -> Iterator[Older]:
    """A site of the older release, with something in it; afterwards it is gone, and so is its image."""
    site = Older(Pulp(pulp.machine, url=URL))
    site.want(OLDER)
    with doors.opened(pulp) as driver:
        images = replace(driver, file=FILE).ask("lock", timeout=600)
    write = f"echo {base64.b64encode(WITHOUT.encode()).decode()} | base64 --decode"
    recipe = RECIPE.format(today=pulp.inspect("pulp-api-1")["ImageName"], tools=images["tools"], write=write)
    image = images["pulp"]
    build = ("podman", "build", "--network=host", CA, f"--tag={image}", "-")
    pulp.machine.run(build, input=recipe.encode(), timeout=600)
    site.cli("apply")
    made = Older(Pulp(pulp.machine, url=URL, password=pulp.run(*SHOW).strip()))
    made.pulp.api("repositories/rpm/rpm/", "--data", "name=of-the-older")
    yield made
    pulp.run("systemctl", "stop", "older.target", timeout=300)
    pulp.run("podman", "rmi", "--force", image, check=False)  # Podman may still be removing its containers


def test_the_plan_tells_of_the_stop(older: Older) -> None:
    older.want_what_the_other_has()
    told, text = older.told("plan")["migration"], older.cli("plan").stdout
    assert (told["mode"], told["dump"]) == ("stop", True)
    needs = "rpm.0073_evr_cleanup needs rpm 3.37 or newer in every process, and "
    assert [why for why in told["reasons"] if why.startswith(needs)]
    assert "rpm.0073_evr_cleanup cannot be undone: RunSQL" in told["reasons"]
    assert f"; Pulp is away for about {told['minutes']} min: " in text
    assert "       rpm.0073_evr_cleanup: needs rpm 3.37 or newer in every process; cannot be undone: RunSQL" in text
    titles = [step["title"] for step in older.told("plan")["steps"]]
    stops = [title for title in titles if title.startswith("stop ")]
    assert stops[0] == "stop older-worker-1.service"
    order = [titles.index(title) for title in (stops[-1], "wait until no process of Pulp counts as running")]
    order += [titles.index(title) for title in ("dump the database", "restart older-migrate.service")]
    assert order == sorted(order)
    assert older.versions()["rpm"] == "3.36.1"


def test_a_migration_that_fails_half_way_is_undone(older: Older) -> None:
    """The dump is in the place of the database again, and the older release goes on."""
    good, migrations, repositories = older.generation(), older.migrations(), older.repositories()
    older.sql(REFUSE)
    result = older.cli("apply", check=False)
    older.sql(ALLOW)
    assert result.status == 1
    assert "restoring the database from /var/lib/pulp-quadlet/older/dumps/" in result.stderr
    assert f"1 problem; older went back to generation {good}: Pulp is healthy: " in result.stderr
    assert older.migrations() == migrations
    assert older.repositories() == repositories == ["of-the-older"]
    assert older.versions()["rpm"] == "3.36.1"
    databases = older.sql("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1").split()
    assert databases == ["postgres", "pulp"]


def test_the_upgrade_stops_dumps_and_migrates(older: Older) -> None:
    before = older.migrations()
    result = older.cli("apply")
    assert "Pulp is healthy: " in result.stdout
    assert older.versions()["rpm"] != "3.36.1"
    assert older.migrations() > before
    assert older.repositories() == ["of-the-older"]
    assert older.told("plan")["steps"] == []
    now, *_ = older.told("history")["generations"]
    assert "rpm.0073_evr_cleanup" in now["one_way"]
    assert older.pulp.run("stat", "--format=%a %U", now["dump"]) == "600 root\n"


def test_the_way_back_is_the_dump(older: Older) -> None:
    """What was written since is lost, so somebody has to ask for it."""
    older.pulp.api("repositories/rpm/rpm/", "--data", "name=of-today")
    # between the two is the one that failed, which left nothing
    now, _, first = older.told("history")["generations"][:3]
    number = first["generation"]
    result = older.cli("rollback", check=False)
    assert result.status == 1
    assert (
        f"error[one-way-migration]: generation {number} is older than migrations that cannot be undone\n"
        in result.stderr
    )
    help_ = (
        f"`pulp-quadlet rollback --to {number} --restore-database` brings back {now['dump']}; what was written since"
    )
    assert f"   = help: {help_} is lost\n" in result.stderr
    assert "1 problem; nothing was changed\n" in result.stderr
    result = older.cli("rollback", "--restore-database")
    assert "Pulp is healthy: " in result.stdout
    assert older.repositories() == ["of-the-older"]
    assert older.versions()["rpm"] == "3.36.1"
