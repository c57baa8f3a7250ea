"""The real agent with a fake `work.py` and a fake watcher: `python -m tests.agent.fake_agent ADDRESS HOME`.

The lab runs it as a script in a machine, on the system bus: `python fake_agent.py system /etc/pulp-quadlet`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulp_quadlet.agent.health_of import Ask, Publish, ServiceHealth, SiteHealth
from pulp_quadlet.agent.main import Setting, run
from pulp_quadlet.errors import HostError, Problem

WORK = (sys.executable, str(Path(__file__).with_name("fake_work.py")))


async def watch(file: str, _options: Mapping[str, Any], ask: Ask, publish: Publish) -> None:
    """A service that is sick while there is a file `sick` beside the site file; with `unwatchable` it gives up."""
    await ask("health", file, {})
    while True:
        if Path(file).with_name("unwatchable").exists():
            raise HostError(Problem(code="unwatchable", message="it cannot be watched"))
        well = not Path(file).with_name("sick").exists()
        service = ServiceHealth(
            name="pulp-worker-1",
            role="worker",
            well=well,
            why="" if well else "heartbeat 41 s old",
            systemd="active",
            podman="healthy",
            pulp="",
            since=1,
        )
        publish(
            SiteHealth(
                name="pulp",
                healthy=well,
                sentence="pulp is healthy" if well else "pulp-worker-1: heartbeat 41 s old",
                generation="1",
                last_apply=1,
                url="http://localhost",
                services=(service,),
            )
        )
        await asyncio.sleep(0.1)


def main() -> None:
    address, home, *rest = sys.argv[1:]
    counter = Path(home, ".last-job")
    bus = None if address == "system" else address
    run(rest, Setting(watcher=watch, work=WORK, address=bus, home=Path(home), counter=counter))


if __name__ == "__main__":
    main()
