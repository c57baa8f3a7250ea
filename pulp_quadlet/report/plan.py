"""Plans and what was applied, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.steps import ChangeUnit, Install, ProvideImage, Relabel, StartUnits, Step
from pulp_quadlet.printable import visible

_SIGNS = {"add": "+", "change": "~", "remove": "-"}


def plan_text(told: Mapping[str, Any]) -> str:
    """Each step with its reasons; files of an installation below it. It is made of what `plan_json` told, so that a
    plan reads the same wherever it was made.
    """
    steps = told["steps"]
    if not steps:
        return f"Nothing to do: {told['site']} runs as the site file says."
    lines = [f"Not as it was applied: {row['what']} {row['how']}" for row in told["drift"]]
    for number, step in enumerate(steps, 1):
        lines.append(f"{number:3}. {step['title']}: {'; '.join(step['why'])}")
        lines += [_change_text(change) for change in step.get("changes", ())]
        units = step.get("units", ())
        lines += [f"       > {each['unit']}: {'; '.join(each['why'])}" for each in units if len(units) > 1]
        lines += [f"       > {path}" for path in step.get("paths", ())]
    lines += _migration_text(told)
    lines += [kept_text(told)] if told["kept"] else []
    count = len(steps)
    lines.append(f"{count} {'step' if count == 1 else 'steps'} to do; nothing was changed yet.")
    return "\n".join(visible(line) for line in lines)


def kept_text(told: Mapping[str, Any]) -> str:
    """What is not used any more, and not removed either."""
    return f"Kept, though nothing uses it then: {', '.join(told['kept'])}"


def _change_text(change: Mapping[str, Any]) -> str:
    cause = f": {change['cause']}" if change["cause"] else ""
    return f"       {_SIGNS[change['kind']]} {change['path']}{cause}"


def plan_json(plan: Plan) -> dict[str, Any]:
    """The same for programs."""
    return {
        "site": plan.site,
        "steps": [_step_json(step) for step in plan.steps],
        "drift": [asdict(row) for row in plan.drift],
        "kept": list(plan.kept),
        "migration": asdict(plan.migration) if plan.migration else None,
        "migration_known_later": plan.migration is None
        and plan.migrates
        and any(isinstance(step, ProvideImage) for step in plan.steps),
    }


def _migration_text(told: Mapping[str, Any]) -> list[str]:
    """How the database is brought up to date: the migrations that are special by name, the others by number."""
    migration = told["migration"]
    if migration is None:
        known_later = "Which migrations of the database that brings is known when the image is there."
        return [known_later] if told["migration_known_later"] else []
    if migration["mode"] == "none":
        return []
    stops = migration["mode"] == "stop"
    away = f"Pulp is away for about {migration['minutes']} min" if stops else "Pulp goes on meanwhile"
    removed = f"Removed with its data: {', '.join(migration['removes'])}. " if migration["removes"] else ""
    count = f"Migrations of the database: {len(migration['steps'])}"
    lines = [f"{removed}{count}; {away}: {'; '.join(migration['reasons'])}"]
    lines += [f"       {step['title']}: {'; '.join(step['special'])}" for step in migration["steps"] if step["special"]]
    return lines + [f"       first: {advice}" for advice in migration["advice"]]


def _step_json(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"step": type(step).__name__, "title": step.title, "why": list(step.why)}
    if isinstance(step, Install):
        found["changes"] = [asdict(change) for change in step.changes]
    if isinstance(step, StartUnits):
        found["units"] = [{"unit": unit, "why": list(why)} for unit, why in step.units]
    if isinstance(step, Relabel):
        found["paths"] = list(step.paths)
    if isinstance(step, ChangeUnit):
        found |= {"verb": step.verb, "unit": step.unit}
    return found
