"""Where the command line begins: `pulp-quadlet`, or `python -m pulp_quadlet`."""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run a command, and leave with its exit code."""
    # before anything is loaded: looking for garbage meanwhile takes a twentieth of the time, and finds none
    gc.set_threshold(200_000)
    from pulp_quadlet.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
