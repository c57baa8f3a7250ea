"""The machine of the lab that has real systemd and Podman, and the product from its wheel."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Commands, Run, Runs
from tests.lab import base_image, product
from tests.lab.machine import Machine

NAME = "bench"
# For work on the benchmarks themselves: the name of a machine that is taken as it is, and left so.
TAKEN = os.environ.get("PULP_QUADLET_BENCH_MACHINE")
PYTHON = f"{product.HOME}/bin/python"
PROGRAM = f"{product.HOME}/bin/pulp-quadlet"

_MEASURE = "/root/measure.py"


@contextmanager
def machine() -> Iterator[Machine]:
    """A new machine with the product installed, gone afterwards."""
    if TAKEN:
        yield Machine(TAKEN)
        return
    with Machine(NAME) as made:
        base_image.load(made)
        product.install(made)
        yield made


def alone(benchmark: Callable[[Machine], None]) -> None:
    """One benchmark, in a machine of its own."""
    with machine() as made:
        benchmark(made)


def in_turn(where: Machine, commands: Commands, rounds: int) -> Runs:
    """As `measure.in_turn`, inside the machine."""
    where.copy_in(Path(__file__).with_name("measure.py"), _MEASURE)
    asked = json.dumps({"rounds": rounds, "sides": {name: list(argv) for name, argv in commands.items()}})
    said = where.run(["/usr/bin/python3", _MEASURE], input=asked.encode(), timeout=600)
    return {name: [Run(**run) for run in runs] for name, runs in json.loads(said.stdout).items()}
