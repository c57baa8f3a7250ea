"""Says in plain words what pydantic found wrong. No sentence of pydantic's reaches a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulp_quadlet.config.diagnosis import shape, unknown, wording
from pulp_quadlet.config.diagnosis.fault import Fault, raw
from pulp_quadlet.config.diagnosis.repair import refusal, repaired
from pulp_quadlet.config.diagnosis.suggest import closest
from pulp_quadlet.schema.table import SecretReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from pulp_quadlet.config.finding import SitePath

_TRUTHS = {**dict.fromkeys(("true", "yes", "on", "1"), "true"), **dict.fromkeys(("false", "no", "off", "0"), "false")}


def translate(site: type[BaseModel], document: Mapping[str, Any], errors: Iterable[ErrorDetails]) -> list[Fault]:
    """The faults of a document, in no order. Errors of the members of one union become one fault."""
    faults: list[Fault] = []
    unions: dict[SitePath, list[tuple[shape.Place, ErrorDetails]]] = {}
    for error in errors:
        place = shape.place(site, error["loc"])
        if place.union is None:
            faults.append(_fault(site, document, place, error))
        else:
            unions.setdefault(place.union, []).append((place, error))
    for path, attempts in unions.items():
        faults += _union(site, document, path, attempts)
    hinted = {(*fault.path[:-1], word) for fault in faults for word in [unknown.meant(site, document, fault)] if word}
    return [fault for fault in faults if not (fault.code == "missing-key" and fault.path in hinted)]


def _union(
    site: type[BaseModel], document: Mapping[str, Any], path: SitePath, attempts: list[tuple[shape.Place, ErrorDetails]]
) -> list[Fault]:
    """One fault for a value that fits no member; or those inside the member that it was clearly meant for."""
    inside = [(place, error) for place, error in attempts if len(place.path) > len(path)]
    if inside:
        return [_fault(site, document, place, error) for place, error in inside]
    value = raw(document, path)
    spoken = [error for _, error in attempts if _is_ours(error)]
    wanted = shape.at(site, path)
    if len(attempts) == 1 or (spoken and not (_is_word(value) and shape.words(wanted))):
        place, error = attempts[0] if len(attempts) == 1 else next(pair for pair in attempts if _is_ours(pair[1]))
        return [_fault(site, document, place, error)]
    choices = [wording.quoted(word) for word in shape.words(wanted)]
    choices += [_ours(error)[0].removeprefix("expected ") for error in spoken]
    choices += [] if spoken else [wording.expected(choice) for choice in shape.members(wanted) if _is_plain(choice)]
    choices += ["a table" for choice in shape.members(wanted) if shape.is_table(choice)]
    expected = wording.listed(choices) if choices else wording.expected(wanted)
    message = f"`{wording.dotted(path)}`: expected {expected}, found {wording.found(value)}"
    return [Fault(path, "invalid-choice", message, _did_you_mean(value, shape.words(wanted)))]


def _fault(site: type[BaseModel], document: Mapping[str, Any], place: shape.Place, error: ErrorDetails) -> Fault:
    path, kind = place.path, error["type"]
    value = raw(document, path)
    if place.is_key:
        message, help_ = _ours(error) if _is_ours(error) else ("expected another word", ())
        meant = repaired(place.annotation, str(path[-1])) if place.annotation is not None else None
        help_ = (*help_, f"did you mean `{wording.key(meant)}`?") if meant else help_
        return Fault(path, _code(error), f"key {_ticked(str(path[-1]))}: {message}", help_, at="key")
    if kind == "missing":
        return unknown.missing(site, document, path)
    if kind == "extra_forbidden":
        return unknown.unknown(site, document, path)
    if kind.startswith("union_tag"):
        return _tag(site, document, path)
    if shape.bare(place.annotation)[0] is SecretReference and not isinstance(value, dict):
        message = f"`{wording.dotted(path)}` is a secret, and a secret does not stand in the site file"
        return Fault(path, "plain-secret", message, wording.SECRET_HELP)
    return _value(place, value, error)


def _value(place: shape.Place, value: Any, error: ErrorDetails) -> Fault:
    """A value that its key cannot take."""
    subject = f"`{wording.dotted(place.path)}`"
    in_secret = len(place.path) > 1 and place.path[-1] == "secret"
    found = "" if in_secret or isinstance(value, dict) else f", found {wording.found(value)}"
    if _is_ours(error):
        message, help_ = _ours(error)
        found = found if message.startswith("expected ") and _code(error) != "plain-secret" else ""
        meant = repaired(place.annotation, value) if found and isinstance(value, str) else None
        if meant and not any(f"`{meant}`" in line for line in help_):
            help_ = (*help_, f"did you mean {wording.quoted(meant)}?")
        return Fault(place.path, _code(error), f"{subject}: {message}{found}", help_)
    words = shape.words(place.annotation)
    expected = wording.expected(place.annotation) if place.annotation is not None else "another value"
    found = found or (", found a table" if isinstance(value, dict) else "")
    if error["type"] in {"literal_error", "enum"}:
        help_ = _did_you_mean(value, words)
        return Fault(place.path, "invalid-choice", f"{subject}: expected {expected}{found}", help_)
    code = "wrong-type" if _is_wrong_type(error["type"]) else "out-of-range"
    return Fault(place.path, code, f"{subject}: expected {expected}{found}", _how_to_write(place, value))


def _tag(site: type[BaseModel], document: Mapping[str, Any], path: SitePath) -> Fault:
    """A table that comes in several forms, where the key that chooses the form is wrong or missing."""
    choices = shape.members(shape.at(site, path))
    table = raw(document, path)
    if not isinstance(table, dict):
        message = f"`{wording.dotted(path)}`: expected a table, found {wording.found(table)}"
        return Fault(path, "wrong-type", message, _table_help(path))
    key = shape.tag_key(choices) or ""
    words = [word for choice in choices for word in shape.words(shape.below(choice, key))]
    expected = wording.listed(wording.quoted(word) for word in words)
    if key not in table:
        return Fault((*path, key), "missing-key", f"{wording.table(path)} needs `{key}`: {expected}", at="table")
    message = f"`{wording.dotted((*path, key))}`: expected {expected}, found {wording.found(table[key])}"
    return Fault((*path, key), "invalid-choice", message, _did_you_mean(table[key], words))


def _how_to_write(place: shape.Place, value: Any) -> tuple[str, ...]:
    """The same value, written as the key wants it, where that can be known."""
    wanted, _ = shape.bare(place.annotation)
    if shape.is_table(wanted) or isinstance(value, dict):
        return _table_help(place.path, wanted, value) if shape.is_table(wanted) and len(place.path) == 1 else ()
    if shape.is_array(wanted) and isinstance(value, str | int):
        return (f"put it in brackets: `{_assignment(place, f'[{_written(value)}]')}`",)
    if isinstance(value, list) and not shape.is_array(wanted):
        return ("write the one value without brackets",) if len(value) == 1 else ()
    if wanted is str:
        return _in_quotes(place, value) if not isinstance(value, str) else ()
    return _as_number_or_truth(place, wanted, value)


def _in_quotes(place: shape.Place, value: Any) -> tuple[str, ...]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    reason = refusal(place.annotation, text)
    return (reason,) if reason else (f"put it in quotes: `{_assignment(place, wording.quoted(text))}`",)


def _as_number_or_truth(place: shape.Place, wanted: Any, value: Any) -> tuple[str, ...]:
    text = str(value).strip().replace("_", "").lower() if isinstance(value, str | float | int) else ""
    if wanted is bool and text in _TRUTHS:
        return (f"write `{_assignment(place, _TRUTHS[text])}`",)
    if wanted is int and text.isascii() and text.removesuffix(".0").isdecimal() and not isinstance(value, int):
        verb = "remove the quotes: " if isinstance(value, str) else "write "
        return (f"{verb}`{_assignment(place, text.removesuffix('.0'))}`",)
    return ()


def _assignment(place: shape.Place, value: str) -> str:
    last = place.path[-1] if place.path else 0
    return f"{wording.key(last)} = {wording.shortened(value)}" if isinstance(last, str) else value


def _written(value: str | int) -> str:
    return wording.quoted(value) if isinstance(value, str) else wording.shortened(str(value).lower())


def _table_help(path: SitePath, wanted: Any = None, value: Any = None) -> tuple[str, ...]:
    inner = shape.below(wanted, "NAME")
    if shape.is_model(shape.bare(inner)[0]) and not shape.is_model(wanted):
        return (f"write {wording.table((*path, 'NAME'))} on a line of its own, and its keys on the lines below",)
    if isinstance(value, list):
        return (f"write {wording.table(path)}, with one bracket on each side",)
    return (f"write {wording.table(path)} on a line of its own, and its keys on the lines below",)


def _did_you_mean(value: Any, words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, list) and len(value) == 1:
        return ("write the one value without brackets",)
    word = closest(value, words) if isinstance(value, str) else None
    return (f"did you mean {wording.quoted(word)}?",) if word else ()


def _is_plain(choice: Any) -> bool:
    return not shape.is_table(choice) and not shape.literals(choice)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and "/" not in value


def _is_wrong_type(kind: str) -> bool:
    return kind.endswith(("_type", "_parsing", "_from_float", "is_instance_of", "_parsing_size"))


def _is_ours(error: ErrorDetails) -> bool:
    """Whether a check of ours made the error, so that it speaks plainly already."""
    return "message" in error.get("ctx", {}) or error["type"] in {"value_error", "assertion_error"}


def _ours(error: ErrorDetails) -> tuple[str, tuple[str, ...]]:
    context = error.get("ctx", {})
    if "message" in context:
        return str(context["message"]), (str(context["help"]),) if context.get("help") else ()
    return str(context.get("error", "")) or "this value is not accepted", ()


def _code(error: ErrorDetails) -> str:
    return error["type"].replace("_", "-") if "message" in error.get("ctx", {}) else "invalid-value"


def _ticked(name: str) -> str:
    return f"`{wording.key(name)}`"
