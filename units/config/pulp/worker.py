"""Run a worker that hears a stop from its first moment.

The kernel drops signals that process 1 of a container has no handler for. Pulp sets its own only when Django is loaded,
some seconds after the start; a stop that came before would be lost, and whoever asked would wait as long as
a worker is given to finish its task.
"""

import signal
import sys
from importlib.metadata import entry_points


def stop(*_: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    [point] = entry_points(group="console_scripts", name="pulpcore-worker")
    sys.argv[0] = point.name
    sys.exit(point.load()())
