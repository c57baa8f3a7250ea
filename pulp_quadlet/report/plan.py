"""Plans and what was applied, as text for people and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pulp_quadlet.model.plan import ChangeUnit, Install, Plan, ProvideImage, StartUnits, Step

_SIGNS = {"add": "+", "change": "~", "remove": "-"}


def plan_text(plan: Plan) -> str:
    """Each step with its reasons; files of an installation below it."""
    if not plan.steps:
        return f"Nothing to do: {plan.site} runs as the site file says."
    lines = [f"Not as it was applied: {row.what} {row.how}" for row in plan.drift]
    for number, step in enumerate(plan.steps, 1):
        lines.append(f"{number:3}. {step.title}: {'; '.join(step.why)}")
        if isinstance(step, Install):
            lines += [f"       {_SIGNS[change.kind]} {change.path}" for change in step.changes]
        if isinstance(step, StartUnits) and len(step.units) > 1:
            lines += [f"       > {unit}: {'; '.join(why)}" for unit, why in step.units]
    lines += _migration_text(plan)
    count = len(plan.steps)
    return "\n".join([*lines, f"{count} {'step' if count == 1 else 'steps'} to do; nothing was changed yet."])


def plan_json(plan: Plan) -> dict[str, Any]:
    """The same for programs."""
    return {
        "site": plan.site,
        "steps": [_step_json(step) for step in plan.steps],
        "drift": [asdict(row) for row in plan.drift],
        "migration": asdict(plan.migration) if plan.migration else None,
    }


def _migration_text(plan: Plan) -> list[str]:
    """How the database is brought up to date: the migrations that are special by name, the others by number."""
    migration = plan.migration
    if migration is None:
        new = plan.migrates and any(isinstance(step, ProvideImage) for step in plan.steps)
        return ["Which migrations of the database that brings is known when the image is there."] if new else []
    if migration.mode == "none":
        return []
    away = f"Pulp is away for about {migration.minutes} min" if migration.mode == "stop" else "Pulp goes on meanwhile"
    lines = [f"Migrations of the database: {len(migration.steps)}; {away}: {'; '.join(migration.reasons)}"]
    lines += [f"       {step.title}: {'; '.join(step.special)}" for step in migration.steps if step.special]
    return lines + [f"       first: {advice}" for advice in migration.advice]


def _step_json(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"step": type(step).__name__, "title": step.title, "why": list(step.why)}
    if isinstance(step, Install):
        found["changes"] = [{"kind": change.kind, "path": change.path} for change in step.changes]
    if isinstance(step, StartUnits):
        found["units"] = [{"unit": unit, "why": list(why)} for unit, why in step.units]
    if isinstance(step, ChangeUnit):
        found |= {"verb": step.verb, "unit": step.unit}
    return found
