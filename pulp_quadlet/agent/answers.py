"""Values of results, as they go over the bus and into `--json`."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.changing.change import Done
from pulp_quadlet.model.generation import PastGeneration
from pulp_quadlet.report.plan import plan_json
from pulp_quadlet.report.verdict import verdict_json


def done_json(done: Done) -> dict[str, Any]:
    """Of an apply."""
    return {**plan_json(done.plan), "generation": done.generation, "health": verdict_json(done.verdict)}


def past_json(past: PastGeneration) -> dict[str, Any]:
    """Of one generation that is kept."""
    origin = past.origin
    return {
        "generation": past.number,
        "current": past.current,
        "good": past.good,
        "kind": origin.kind,
        "copy_of": origin.copy_of,
        "made": origin.made,
        "user": origin.user,
        "job": origin.job,
        "version": origin.version,
        "one_way": list(origin.one_way),
        "dump": origin.dump,
    }
