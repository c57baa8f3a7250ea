"""Write the generated part of site.toml(5) anew, from the tables themselves, and the contract's page: `make docs`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs import contract
from pulp_quadlet.config.checks import OWNED_SETTINGS
from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.tables import CertificateTable, HostTable, Site
from pulp_quadlet.schema import words
from pulp_quadlet.schema.descriptions import descriptions
from pulp_quadlet.schema.table import SecretReference
from pulp_quadlet.storage import BACKENDS

PAGE = Path(__file__).with_name("site.toml.5.md")
BEGIN = "<!-- begin of the generated part: `make docs` writes it from pulp_quadlet/config/ -->\n"
END = "<!-- end of the generated part -->\n"

KINDS: dict[str, Any] = {
    "name": words.Name,
    "text": words.Line,
    "path": words.AbsolutePath,
    "URL": words.Url,
    "origin": words.Origin,
    "host": words.Host,
    "IP address": words.Address,
    "image": words.ImageReference,
    "size": words.Memory,
    "PostgreSQL name": words.PostgresName,
    "secret name": words.SecretName,
    "setting name": words.SettingName,
    "bucket name": words.BucketName,
    "plugin name": words.PluginName,
    "versions": words.Versions,
    "git URL": words.GitUrl,
    "revision": words.Revision,
    "pip option": words.PipOption,
}
"""Kinds of words, as site.toml(5) calls them and explains them under KINDS OF VALUES."""

TABLES: dict[Any, str] = {
    SecretReference: "*secret reference*",
    CertificateTable: "*certificate*",
    PluginTable: "*plugin*",
}
"""Tables that are the value of a key."""

Table = type[BaseModel]

_INNER: dict[str, tuple[str, Table]] = {
    "plugins": ("plugins.NAME", PluginTable),
    "web": ("web.tls", CertificateTable),
}
"""Tables in a table, each told behind it."""


def current(page: str) -> str:
    """The page with its generated part as it should be."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks around its generated part")
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


def reference() -> str:
    """Every table with every key, in the order of the model."""
    return "\n\n".join(_site()) + "\n"


def _site() -> Iterator[str]:
    for name, field in Site.model_fields.items():
        hint = _hints(Site)[name]
        if name == "storage":
            yield from _storage()
        elif get_origin(hint) is dict:
            yield from _named_by_the_user(name, field, hint)
        else:
            yield f"## [{name}]"
            yield from _table(hint)
        if name in _INNER:
            title, table = _INNER[name]
            yield f"## [{title}]"
            yield from _table(table)


def _named_by_the_user(name: str, field: FieldInfo, hint: Any) -> Iterator[str]:
    """Tables whose keys the administrator chooses."""
    word, value = get_args(hint)
    yield f"## [{name}.NAME]" if value is HostTable else f"## [{name}]"
    yield descriptions(Site)[name]
    if value is HostTable:
        yield "*NAME* is a *name*."
        yield from _keys(value)
        return
    meant = "any value of TOML, or a *secret reference*" if value is Any else _type(value)
    yield f"{_type(word)} = {meant}"
    if field.get_default():
        lines = [f"{key} = {_toml(table.version or '*')}" for key, table in field.get_default().items()]
        yield "Without this table:"
        yield "\n".join(("```toml", f"[{name}]", *lines, "```"))
    if name == "settings":
        yield "These settings cannot be set here:"
        yield "\n".join(f"- `{setting}` {why}" for setting, why in OWNED_SETTINGS.items())


def _storage() -> Iterator[str]:
    yield "## [storage]"
    yield f"Where artifacts are kept: {len(BACKENDS)} backends, each with keys of its own."
    for backend in BACKENDS:
        yield f"### backend = {_toml(backend_name(backend))}"
        yield from _table(backend)


def backend_name(backend: Table) -> str:
    """The word that chooses a backend."""
    name: str = get_args(backend.model_fields["backend"].annotation)[0]
    return name


def _table(table: Table) -> Iterator[str]:
    yield (table.__doc__ or "").strip()
    yield from _keys(table)


def _keys(table: Table) -> Iterator[str]:
    hints = _hints(table)
    for key, field in table.model_fields.items():
        yield f"**{key}** = {_type(hints[key])}{_default(field)}"
        yield f"> {descriptions(table)[key]}"


def _hints(table: Table) -> dict[str, Any]:
    return get_type_hints(table, include_extras=True)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "; required"
    default = field.get_default()
    return "" if default is None else f"; default `{_toml(default)}`"


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)  # strings, numbers and booleans are the same in TOML


def _type(hint: Any) -> str:
    """What may stand at a key, in words."""
    *most, last = _choices(hint)
    return f"{', '.join(most)} or {last}" if most else last


def _choices(hint: Any) -> list[str]:
    name = next((f"*{kind}*" for kind, known in KINDS.items() if known == hint), None) or TABLES.get(hint)
    if name:
        return [name]
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        inner, *limits = inside
        return [f"{_type(inner)}{_limits(limits)}"]
    if origin in {Union, UnionType}:
        return [choice for member in inside if member is not type(None) for choice in _choices(member)]
    if origin is Literal:
        return [f"`{_toml(choice)}`" for choice in inside]
    if origin is tuple:
        return [f"array of {_type(inside[0])}"]
    return [{bool: "`true` or `false`", int: "integer"}[hint]]


def _limits(limits: list[Any]) -> str:
    found = [each for limit in limits for each in (limit.metadata if isinstance(limit, FieldInfo) else [limit])]
    low = next((each.ge for each in found if isinstance(each, Ge)), None)
    high = next((each.le for each in found if isinstance(each, Le)), None)
    return f" from {low} to {high}" if low is not None and high is not None else ""


def main() -> None:
    """Write the pages, and say whether that changed them."""
    for page, new in ((PAGE, current(PAGE.read_text(encoding="utf-8"))), (contract.PAGE, contract.current())):
        old = page.read_text(encoding="utf-8") if page.exists() else ""
        page.write_text(new, encoding="utf-8")
        sys.stdout.write(f"{page.name}: {'unchanged' if new == old else 'written anew'}\n")


if __name__ == "__main__":
    main()
