"""`python -m tests.demo up | down`: a Pulp to try, in a disposable machine or, only when asked, on this host."""

from __future__ import annotations

import argparse
import sys
import time

from tests.lab import base_image, command, host, product
from tests.lab.command import CommandError
from tests.lab.forward import PortTakenError
from tests.lab.machine import Machine, MachineError

NAME = "demo"
SITE = "/etc/pulp-quadlet/site.toml"
PASSWORD = "podman secret inspect --showsecret --format '{{.SecretData}}' pulp-admin-password"  # noqa: S105  # how to see it


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
        _tell(url, f"{sys.executable} -m tests.lab run --name {NAME} -- {PASSWORD}", time.monotonic() - begin)
    return status


def _on_this_host(port: int) -> int:
    begin = time.monotonic()
    url = f"http://localhost:{port}"
    tool = [sys.executable, "-m", "pulp_quadlet"]
    command.run([*tool, "init", "--url", url])
    status = command.attach([*tool, "apply"])
    if status == 0:
        _tell(url, PASSWORD, time.monotonic() - begin)
    return status


def _tell(url: str, password: str, took: float) -> None:
    sys.stdout.write(f"""
Pulp is at {url} after {took:.0f} seconds. Its admin password:

    export PULP_BASE_URL={url} PULP_USERNAME=admin PULP_PASSWORD="$({password})"

Three commands that make it a cache of PyPI and install from it (`pip install pulp-cli` first):

    pulp python remote create --name pypi --url https://pypi.org/
    pulp python distribution create --name pypi --base-path pypi --remote pypi
    pip install --index-url {url}/pypi/pypi/simple/ six

`make demo-stop` removes all of it.
""")


if __name__ == "__main__":
    sys.exit(main())
