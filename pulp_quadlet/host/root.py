"""Whether this process may change the host."""

from __future__ import annotations

import os

from pulp_quadlet.errors import HostError, Problem


def need_root() -> None:
    """Raises HostError where it may not."""
    if os.geteuid() != 0:
        raise HostError(Problem(code="not-root", message="this needs root", help=("run it again with sudo",)))
