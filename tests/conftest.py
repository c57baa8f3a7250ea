"""Options of the whole test suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings

from tests.counted import PAPER, REAL

if TYPE_CHECKING:
    import pytest

# how long an example takes says more of what else the machine does
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected texts anew; git shows the change")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for where, counted in (("a machine of paper", PAPER), ("a real machine", REAL)):
        if counted.met:
            terminalreporter.write_line(f"{where}: {counted}")
