"""Keys that nobody knows, and keys that are missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulp_quadlet.config.diagnosis import shape, wording
from pulp_quadlet.config.diagnosis.fault import Fault, raw
from pulp_quadlet.config.diagnosis.suggest import closest
from pulp_quadlet.schema.descriptions import descriptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from pulp_quadlet.config.finding import SitePath

_SMALLEST = 'the smallest site file is the two lines `[site]` and `url = "https://pulp.example.org"`'


def unknown(site: type[BaseModel], document: Mapping[str, Any], path: SitePath) -> Fault:
    """A key or table that the tables do not have."""
    *parent, name = path
    value = raw(document, path)
    known = list(_known(site, document, parent))
    here = _called(document, site, parent)
    help_ = _elsewhere(site, parent, str(name), known, is_table=_is_tables(value))
    if not parent:
        listed = (f"the tables are {', '.join(f'[{table}]' for table in known)}",)
        if _is_tables(value):
            header = wording.table((*path, 0) if isinstance(value, list) else path)
            return Fault(path, "unknown-table", f"unknown table {header}", (*help_, *listed), at="key")
        message = f"unknown key `{wording.key(str(name))}` outside of all tables"
        return Fault(path, "unknown-key", message, (*help_, *listed), at="key")
    message = f"unknown key `{wording.key(str(name))}` in {here}"
    return Fault(path, "unknown-key", message, (*help_, *_listed(here, known)), at="key")


def missing(site: type[BaseModel], document: Mapping[str, Any], path: SitePath) -> Fault:
    """A key without which its table has no meaning."""
    *parent, name = path
    if not parent:
        help_ = (_SMALLEST,) if name == "site" else ()
        return Fault(path, "missing-table", f"the table `[{name}]` is missing", help_, at="table")
    about = _description(site, document, parent, str(name))
    message = f"{_called(document, site, parent)} needs `{wording.key(str(name))}`"
    return Fault(path, "missing-key", message, (f"`{name}`: {about}",) if about else (), at="table")


def meant(site: type[BaseModel], document: Mapping[str, Any], fault: Fault) -> str | None:
    """For an unknown key: the key of the same table that it was meant to be."""
    if fault.code != "unknown-key":
        return None
    *parent, name = fault.path
    return closest(str(name), _known(site, document, parent))


def _is_tables(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, dict) for item in items)


def _elsewhere(
    site: type[BaseModel], parent: Sequence[str | int], name: str, known: list[str], *, is_table: bool
) -> tuple[str, ...]:
    """Where the key belongs, when it is known or nearly known."""
    homes = [home for home in shape.homes(site) if home.path]
    if parent and name in site.model_fields:
        return (f"`{name}` belongs in its own table `[{name}]`",)
    here = tuple(step for step in parent if isinstance(step, str))
    same = closest(name, known)
    exact = [home for home in homes if name in shape.fields(home.table) and home.path != here]
    forms = [home for home in homes if name in shape.fields(home.table) and home.path == here and home.tag]
    if forms and forms[0].tag:
        tags = wording.listed(wording.quoted(home.tag[1]) for home in forms if home.tag)
        return (f"`{name}` is a key of {wording.table(here)} when `{forms[0].tag[0]}` is {tags}",)
    if same:
        return (f"did you mean `{wording.key(same)}`?" if parent else f"did you mean `[{wording.key(same)}]`?",)
    if is_table and not parent:
        return ()
    if exact:
        tables = list(dict.fromkeys(wording.table(home.path) for home in exact))
        return (f"`{name}` is a key of {wording.listed(tables, 'and')}",)
    return _near_miss_elsewhere(site, homes, name, has_parent=bool(parent))


def _near_miss_elsewhere(
    site: type[BaseModel], homes: list[shape.Home], name: str, *, has_parent: bool
) -> tuple[str, ...]:
    table = closest(name, site.model_fields)
    if table and has_parent:
        return (f"did you mean the table `[{table}]`?",)
    for home in homes:
        word = closest(name, shape.fields(home.table))
        if word:
            return (f"did you mean `{word}`, a key of {wording.table(home.path)}?",)
    return ()


def _known(site: type[BaseModel], document: Mapping[str, Any], parent: Sequence[str | int]) -> list[str]:
    table = _table(site, document, parent)
    return list(shape.fields(table)) if table else []


def _table(site: type[BaseModel], document: Mapping[str, Any], parent: Sequence[str | int]) -> type[BaseModel] | None:
    """The table at a path; of one with several forms, that which the document chooses."""
    annotation = shape.at(site, parent) if parent else site
    choices = shape.members(annotation)
    tag = shape.tag_key(choices)
    models: list[type[BaseModel]] = [
        model for choice in choices for model in [shape.bare(choice)[0]] if shape.is_model(model)
    ]
    if tag:
        value = raw(document, (*parent, tag))
        for model in models:
            if value in shape.words(shape.below(model, tag)):
                return model
    return models[0] if models else None


def _called(document: Mapping[str, Any], site: type[BaseModel], parent: Sequence[str | int]) -> str:
    """The table in a sentence: `[storage]` with backend "s3"."""
    path = tuple(parent)
    tag = shape.tag_key(shape.members(shape.at(site, path))) if path else None
    value = raw(document, (*path, tag)) if tag else None
    return (
        f"{wording.table(path)} with {tag} {wording.quoted(value)}" if isinstance(value, str) else wording.table(path)
    )


def _listed(here: str, known: list[str]) -> tuple[str, ...]:
    return (f"keys of {here}: {', '.join(known)}",) if known else ()


def _description(site: type[BaseModel], document: Mapping[str, Any], parent: Sequence[str | int], name: str) -> str:
    table = _table(site, document, parent)
    return descriptions(table).get(name, "").rstrip(".") if table else ""
