"""Stands for `pulp_quadlet.agent.work`: speaks its protocol and does what the options or the file name say.

It imports nothing of ours, so that it runs as a script anywhere: `python fake_work.py`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

WORD = "words"  # a file beside the site file with what to do; one word on each line


def say(event: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **more}) + "\n")
    sys.stdout.flush()


def heard() -> str:
    """The next control word; empty when the agent is gone."""
    line = sys.stdin.readline()
    return str(json.loads(line)["control"]) if line else ""


def fail(error: str, exit_: int, code: str, message: str, outcome: str) -> None:
    problem = {"code": code, "message": message, "where": None, "notes": ["a note"], "help": []}
    say("error", error=error, exit=exit_, outcome=outcome, problems=[problem])


def answer(request: dict[str, Any], words: list[str]) -> None:
    """Questions."""
    match request["verb"]:
        case "metrics":
            say("result", value={"text": "pulp_up 1\n"})
        case "history":
            say("result", value={"site": "pulp", "generations": []})
        case "plan":
            step = {"step": "ChangeUnit", "title": "restart pulp-web.service", "why": ["it is old"]}
            steps = [] if "nothing" in words else [step]
            say("result", value={"site": "pulp", "plan": "abc", "steps": steps, "file": request["file"]})
        case "health":
            row = {"service": "pulp-web", "systemd": "active", "podman": "healthy", "pulp": "", "well": True, "why": ""}
            say("result", value={"healthy": True, "sentence": "pulp is healthy", "rows": [row]})
        case _:
            say("result", value={"verb": request["verb"], "host": request["host"], "options": request["options"]})


def change(request: dict[str, Any], words: list[str]) -> None:
    """Jobs: two steps, and what the words ask for between them."""
    say("step", number=1, count=2, title="write 3 files", why=["the site file is new"])
    say("line", text="a line")
    if "note" in words:
        say("note", text="pulp-worker-1 finishes its task first")
    if "die" in words:
        sys.stderr.write("it hurts\n")
        sys.exit(7)
    if "fail" in words:
        fail("host", 1, "unit-failed", "pulp-web.service failed", "it went back")
        return
    if "hang" in words and heard() in {"cancel", ""}:
        fail("cancelled", 1, "cancelled", "it was cancelled", "everything is as before")
        return
    for word in words:
        if word.startswith("sleep "):
            time.sleep(float(word.split()[1]))
    say("step", number=2, count=2, title="restart pulp-web.service", why=["it is old", "it is slow"])
    if request["verb"] == "try":
        say("waiting", seconds=request["options"]["seconds"], text="it waits to be confirmed")
        if heard() != "confirm":
            fail("returned", 1, "try-ended", "nobody confirmed it", "everything is as before")
            return
    health = {"healthy": "unhealthy" not in words, "sentence": "pulp is healthy", "rows": []}
    steps = ["a step"] if "steps" in words else []
    say("result", value={"site": "pulp", "steps": steps, "health": health, "request": request, "pid": os.getpid()})


def main() -> None:
    request = json.loads(sys.stdin.readline())
    beside = Path(request["file"] or "/etc/pulp-quadlet/x").with_name(WORD)
    words = beside.read_text().splitlines() if beside.exists() else []
    if request["verb"] == "recover":
        site = request["options"]["site"]
        Path(os.environ.get("FAKE_HOME", "/etc/pulp-quadlet"), site, "transaction.json").unlink(missing_ok=True)
        say("step", number=1, count=1, title=f"go back to the last good generation of {site}", why=["interrupted"])
        say("result", value={"site": site})
    elif request["job"]:
        change(request, words)
    else:
        answer(request, words)


main()
