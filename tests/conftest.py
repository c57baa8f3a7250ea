"""Options of the whole test suite, and what it says at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests import told

if TYPE_CHECKING:
    from collections.abc import Sequence

# how long an example takes says more of what else the machine does
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected texts anew; git shows the change")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Tests that use the same machine run in the same process, one after the other (pytest-xdist's loadgroup)."""
    for item in items:
        if item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.xdist_group(_machine_of(item)))


def _machine_of(item: pytest.Item) -> str:
    folder = item.path.parent.name
    return folder if folder in {"boot", "site", "vm"} else "lab"


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["told"] = told.packed()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    if "told" in output:  # one that was killed has not spoken
        told.add(output["told"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in told.lines():
        terminalreporter.write_line(line)
