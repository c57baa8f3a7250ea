"""Plans and what was applied, as text for people and as JSON for programs."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.model.plan import ChangeUnit, Install, Plan, StartUnits, Step

_SIGNS = {"add": "+", "change": "~", "remove": "-"}


def plan_text(plan: Plan) -> str:
    """Each step with its reasons; files of an installation below it."""
    if not plan.steps:
        return f"Nothing to do: {plan.site} runs as the site file says."
    lines = []
    for number, step in enumerate(plan.steps, 1):
        lines.append(f"{number:3}. {step.title}: {'; '.join(step.why)}")
        if isinstance(step, Install):
            lines += [f"       {_SIGNS[change.kind]} {change.path}" for change in step.changes]
        if isinstance(step, StartUnits) and len(step.units) > 1:
            lines += [f"       > {unit}: {'; '.join(why)}" for unit, why in step.units]
    count = len(plan.steps)
    return "\n".join([*lines, f"{count} {'step' if count == 1 else 'steps'} to do; nothing was changed yet."])


def plan_json(plan: Plan) -> dict[str, Any]:
    """The same for programs."""
    return {"site": plan.site, "steps": [_step_json(step) for step in plan.steps]}


def _step_json(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"step": type(step).__name__, "title": step.title, "why": list(step.why)}
    if isinstance(step, Install):
        found["changes"] = [{"kind": change.kind, "path": change.path} for change in step.changes]
    if isinstance(step, StartUnits):
        found["units"] = [{"unit": unit, "why": list(why)} for unit, why in step.units]
    if isinstance(step, ChangeUnit):
        found |= {"verb": step.verb, "unit": step.unit}
    return found
