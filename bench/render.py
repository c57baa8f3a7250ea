"""`pulp-quadlet render` of 10, 100 and 1000 units, beside Podman's own generator on what it rendered."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench import measure
from pulp_quadlet import pipeline
from pulp_quadlet.cli.main import main as program
from pulp_quadlet.config.read import read
from pulp_quadlet.config.tables import Site
from tests.lab.command import run
from tests.quadlet.generator import program_of, tree

ROUNDS = {10: 15, 100: 9, 1000: 5}
# Beside its workers it has 6 Quadlets: network, migration, routes, API, content and web server.
SITE = """
[site]
url = "http://localhost:8080"
[api]
replicas = 1
[content]
replicas = 1
[database]
host = "db.example.org"
password = { secret = "database" }
[cache]
mode = "off"
"""
OTHERS = 6


def main() -> None:
    """A row for each number of units."""
    generator = program_of(tree("trixie"))
    sys.stdout.write(f"{measure.head('render', 'generator')}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = folder / "site.toml"
        site.write_text(SITE)
        for units, rounds in ROUNDS.items():
            sys.stdout.write(f"{_row(units, rounds, site, folder / str(units), generator)}\n")


def _row(units: int, rounds: int, site: Path, out: Path, generator: tuple[str, ...]) -> str:
    render = [sys.executable, "-m", "bench.render", str(units), "-f", str(site), "--podman", "5.4"]
    run([*render, "-o", str(out)], timeout=300)
    made = len(list((out / "quadlet").iterdir()))
    if made != units:
        raise RuntimeError(f"{made} Quadlets were rendered, not {units}")
    generate = ["env", f"QUADLET_UNIT_DIRS={out}/quadlet", *generator, "-dryrun"]
    measured = measure.in_turn({"render": render, "generator": generate}, rounds)
    return measure.row(f"{units} units", measured["render"], measured["generator"])


def _render(units: int) -> None:
    """The program itself, with as many workers as it takes: more than the tables of a site file allow."""

    def grown(text: str, path: str) -> Site:
        site = read(text, path)
        workers = site.workers.model_copy(update={"count": units - OTHERS})
        return site.model_copy(update={"workers": workers})

    pipeline.__dict__["read"] = grown
    program()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:  # one of the processes that are measured
        _, count, *options = sys.argv
        sys.argv = ["pulp-quadlet", "render", *options]
        _render(int(count))
