"""Options of the whole test suite, and what it says at its end."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it tells none

from tests import told

MACHINES = {each: each for each in ("boot", "image", "libvirt", "packages", "site")} | {
    "vagrant": "computer",
    "vm": "computer",
}
"""Folders of tests with machines of their own, by the process that runs them; all others share some, and a process."""
SECOND_SITE = (
    *("metrics", "migration", "no_failed_request", "offline", "plan", "python", "restart", "rpm", "status", "try"),
    *("uninstall", "upgrade"),
)
"""The half of the tests of `site` that has a site of its own: one process would need longer for all than the others do
for the rest.
"""
LONGEST_FIRST = ("image", "computer", "libvirt", "second site", "site", "boot", "packages", "lab")
"""Where some processes share the groups, what takes longest must not begin last."""
SECONDS: defaultdict[str, float] = defaultdict(float)
"""How long the tests of each group took."""

# how long an example takes says more of what else the machine does
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected texts anew; git shows the change")


def group(nodeid: str) -> str:
    _, folder, *below = nodeid.partition("::")[0].split("/")
    if folder == "site" and below[-1].removeprefix("test_").removesuffix(".py") in SECOND_SITE:
        return "second site"
    return MACHINES.get(folder, "lab")


class ByMachine(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist tells no types
    """What shares a machine runs in the same process, one after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        for name in reversed(LONGEST_FIRST):
            if name in self.workqueue:
                self.workqueue.move_to_end(name, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByMachine | None:
    """For `--dist loadscope`; its `loadgroup` knows no groups under pytest 9.2, where names cannot be changed."""
    return ByMachine(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    SECONDS[group(report.nodeid)] += report.duration


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
    if terminalreporter.config.getvalue("dist") == "loadscope":
        for name, seconds in sorted(SECONDS.items(), key=lambda item: -item[1]):
            terminalreporter.write_line(f"{seconds:5.0f} s in tests of the group {name}")
