"""Where the agent begins: `pulp-quadlet-agent`, or `python -m pulp_quadlet.agent`."""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Serve until nobody needs the agent, and leave with its exit code."""
    # before anything is loaded: looking for garbage meanwhile takes a twentieth of the time, and finds none
    usual = gc.get_threshold()
    gc.set_threshold(200_000)
    from pulp_quadlet.agent.main import main as agent

    gc.set_threshold(*usual)
    agent()


if __name__ == "__main__":
    main()
