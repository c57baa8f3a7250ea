"""The agent, with work that meets a fault: `faulty_agent.py`. Run by the agent's unit in the place of the real one."""

import sys
from pathlib import Path

from pulp_quadlet.agent.main import Setting, run
from pulp_quadlet.agent.watch import watch

WORK = Path(__file__).with_name("faulty_work.py")

if __name__ == "__main__":
    run(sys.argv[1:], Setting(watcher=watch, work=(sys.executable, str(WORK))))
