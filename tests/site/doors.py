"""The doors of the product to migrations and to the database, called one by one in the machine by `migrating.py`."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.command import Result
    from tests.site.pulp import Pulp

PROGRAM = Path(__file__).with_name("migrating.py")
FOLDER = "/root/migrating"
BUILDING = "/root/building"
"""Where the site file with one more plugin is, and its lock."""
CONFIG = "/etc/pulp-quadlet/pulp/current/config/pulp"
COPY = "pulp-copy"
STATE = f"{FOLDER}/state"
"""Where dumps go in tests."""
COPIED_CONFIG = f"{FOLDER}/config"
"""Settings that lead to the copy of the database."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The doors of the product, in the machine."""

    pulp: Pulp
    file: str = SITE_FILE

    def run(self, verb: str, *words: str, check: bool = True, timeout: float = 300.0) -> Result:
        argv = ["/opt/pulp-quadlet/bin/python3", f"{FOLDER}/migrating.py", verb, self.file, *words]
        return self.pulp.machine.run(argv, check=check, timeout=timeout)

    def ask(self, verb: str, *words: str, timeout: float = 300.0) -> Any:
        return json.loads(self.run(verb, *words, timeout=timeout).stdout)

    def fails(self, verb: str, *words: str) -> dict[str, Any]:
        result = self.run(verb, *words, check=False)
        assert result.status == 1, result.stderr
        told: dict[str, Any] = json.loads(result.stdout)
        return told

    def sql(self, statement: str, name: str = "pulp") -> str:
        argv = [
            "podman",
            "exec",
            "pulp-postgres",
            "psql",
            "-qAtX",
            "--username=pulp",
            f"--dbname={name}",
            "-c",
            statement,
        ]
        return self.pulp.run(*argv).strip()

    def databases(self) -> list[str]:
        return sorted(self.sql("SELECT datname FROM pg_database WHERE NOT datistemplate").split())


@contextmanager
def opened(pulp: Pulp) -> Iterator[Driver]:
    """The program is in the machine for as long as it is used."""
    pulp.run("mkdir", "-p", FOLDER)
    pulp.machine.copy_in(PROGRAM, f"{FOLDER}/migrating.py")
    try:
        yield Driver(pulp)
    finally:
        pulp.run("rm", "-rf", FOLDER)


@contextmanager
def copied(driver: Driver) -> Iterator[str]:
    """A copy of Pulp's database, and the settings that lead there."""
    inside = f"createdb --username=pulp {COPY} && pg_dump --username=pulp pulp | psql -q --username=pulp {COPY}"
    driver.pulp.run("podman", "exec", "pulp-postgres", "sh", "-ec", inside)
    driver.pulp.run("cp", "-r", f"{CONFIG}/.", COPIED_CONFIG)
    driver.pulp.run("sed", "-i", f's/"NAME": .pulp.,/"NAME": "{COPY}",/', f"{COPIED_CONFIG}/stored.py")
    try:
        yield COPY
    finally:
        driver.run("settle", COPY)
        driver.sql(f'DROP DATABASE "{COPY}" WITH (FORCE)')
        driver.pulp.run("rm", "-rf", COPIED_CONFIG, STATE)


def contents(driver: Driver, name: str) -> str:
    """A digest of all tables with all rows, in an order that a restore does not change."""
    tables = driver.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", name).split()
    sums = "SELECT '{0}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS sum FROM {0} t"
    rows = " UNION ALL ".join(sums.format(table) for table in tables)
    return driver.sql(f"SELECT md5(string_agg(name || sum, '|' ORDER BY name)) FROM ({rows}) all_rows", name)  # noqa: S608  ours
