"""Pulp's image, its size and what it takes to build it, beside one that is made the plain way: all in one layer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench import lab
from tests.lab.machine import Machine
from tests.lab.progress import step

_PROGRAM = "/root/image_program.py"


def main(machine: Machine) -> None:
    """Both sides in one run, once each: a build takes a minute or two."""
    machine.copy_in(Path(__file__).with_name("image_program.py"), _PROGRAM)
    with step("build images in two ways"):
        said = machine.run([lab.PYTHON, _PROGRAM], timeout=2400)
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    sys.stdout.write(f"{'':40}{'ours':>12}{'plain':>12}{'ratio':>9}\n")
    ours, plain = found["our size"], found["plain size"]
    sys.stdout.write(f"{'size':40}{ours / 1e6:>9.0f} MB{plain / 1e6:>9.0f} MB{ours / plain:>9.2f}\n")
    for name, left, right in (
        ("built from nothing", "our first build", "plain first build"),
        ("with pulp-npm added", "ours, a plugin more", "plain, a plugin more"),
        ("  its layer, beside `RUN pip install`", "our layer of it", "pip in a layer"),
        ("  all, beside pip and collectstatic", "ours, a plugin more", "by hand, a plugin more"),
        ("  all, beside `pip install` alone", "ours, a plugin more", "pip alone"),
        ("built again, with nothing changed", "ours, nothing changed", "plain, nothing changed"),
    ):
        ratio = found[left] / found[right]
        sys.stdout.write(f"{name:40}{found[left]:>10.1f} s{found[right]:>10.1f} s{ratio:>9.2f}\n")


if __name__ == "__main__":
    lab.alone(main)
