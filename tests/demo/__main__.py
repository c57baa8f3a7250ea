"""`python -m tests.demo up | down`: a Pulp to try, in a disposable machine or, only when asked, on this host."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

from tests.lab import base_image, command, host, product
from tests.lab.command import CommandError
from tests.lab.forward import PortTakenError
from tests.lab.guest import MachineError
from tests.lab.machine import Machine

NAME = "demo"
SITE = "/etc/pulp-quadlet/site.toml"
SHOW_PASSWORD = ("podman", "secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "pulp-admin-password")
CONFIG = Path("/run/pulp-quadlet-demo-cli.toml")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo")
    parser.add_argument("verb", choices=("up", "down"))
    parser.add_argument("--port", type=int, default=8080, help="where Pulp is reached (default: 8080)")
    parser.add_argument("--on-this-host", action="store_true", help="no machine: apply to this very host")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "down":
            Machine(NAME).destroy()
            sys.stderr.write("The demo is gone: machine, network and data.\n")
            return 0
        return _on_this_host(arguments.port) if arguments.on_this_host else _in_a_machine(arguments.port)
    except (CommandError, MachineError, PortTakenError, host.UnfitHostError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _in_a_machine(port: int) -> int:
    begin = time.monotonic()
    host.install_missing_packages()
    machine = Machine(NAME)
    url = f"http://localhost:{port}"
    if machine.state != "running":  # a demo that runs is applied again
        machine.destroy()
        machine.create()
        machine.boot()
        base_image.load(machine)
    product.install(machine)
    machine.forward(port)
    machine.run(["rm", "-f", SITE])
    machine.run(["pulp-quadlet", "init", "--url", url])
    status = machine.attach(["pulp-quadlet", "apply"])
    if status == 0:
        config = machine.folder / "cli.toml"
        _write_config(config, url, machine.run(SHOW_PASSWORD).stdout.strip())
        inside = f"{Path(sys.executable).relative_to(Path.cwd())} -m tests.lab run --name {NAME} --"
        _tell(url, f"{inside} {shlex.join(SHOW_PASSWORD)}", config, time.monotonic() - begin)
    return status


def _on_this_host(port: int) -> int:
    begin = time.monotonic()
    url = f"http://localhost:{port}"
    tool = [sys.executable, "-m", "pulp_quadlet"]
    command.run([*tool, "install-agent"])
    command.run([*tool, "init", "--url", url])
    status = command.attach([*tool, "apply"])
    if status == 0:
        _write_config(CONFIG, url, command.run(SHOW_PASSWORD).stdout.strip())
        _tell(url, shlex.join(SHOW_PASSWORD), CONFIG, time.monotonic() - begin)
    return status


def _write_config(path: Path, url: str, password: str) -> None:
    """Settings for pulp-cli, which only root can read: a password on a command line anybody could see."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f'[cli]\nbase_url = "{url}"\nusername = "admin"\npassword = "{password}"\n')


def _tell(url: str, show_password: str, config: Path, took: float) -> None:
    sys.stdout.write(f"""
Pulp is at {url} after {took:.0f} seconds. Its user is `admin`, and this shows the password:

    {show_password}

Three commands make it a cache of PyPI and install from it (`pip install pulp-cli` gives the first two):

    pulp --config {config} python remote create --name pypi --url https://pypi.org/
    pulp --config {config} python distribution create --name pypi --base-path pypi --remote pypi
    pip install --index-url {url}/pypi/pypi/simple/ six

`make demo-stop` removes all of it.
""")


if __name__ == "__main__":
    sys.exit(main())
