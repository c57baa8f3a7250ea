"""The plugins of a site file become others, and all else of its text stays: comments, order and style. Text to text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import tomli
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from pulp_quadlet.config.diagnosis.diagnose import place_of
from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.read import read
from pulp_quadlet.errors import Location, Problem, SiteError

_KEYS = ("version", "source", "git", "rev", "enabled")
_Edit = Callable[[str, str, Any], str]


def with_plugins(text: str, path: str, plugins: Mapping[str, PluginTable]) -> str:
    """The same site file with exactly these plugins. Raises SiteError when it is wrong, before or after.

    Where the file has no such table it gets one, with all of them: the defaults hold only for a file without.
    """
    before = read(text, path)
    crlf = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    edited = text.replace("\r\n", "\n") if crlf else text
    if "plugins" not in tomli.loads(text):
        if dict(before.plugins) == dict(plugins):
            return text
        edited = _with_table(edited, plugins)
    else:
        for name, table in plugins.items():
            if before.plugins.get(name) != table:
                edited = _first_that_does(edited, name, table, (_lined, _put, _set, _anew, _below))
        for name in before.plugins:
            if name not in plugins:
                edited = _first_that_does(edited, name, None, (_cut, _deleted))
        if not plugins and "plugins" not in tomli.loads(edited):
            edited = _with_table(edited, plugins)
    edited = edited.replace("\n", "\r\n") if crlf else edited
    after = read(edited, path)
    if after != before.model_copy(update={"plugins": dict(plugins)}):
        raise _by_hand(path, text, plugins)
    return edited


def value_text(table: PluginTable) -> str:
    """How a plugin is written in one line, behind its name."""
    text: str = tomlkit.item(_value(table)).as_string()
    return text


def _value(table: PluginTable) -> Any:
    said = {key: getattr(table, key) for key in _KEYS if key in _said(table)}
    if not said.keys() - {"version"}:
        return table.version or "*"
    value = tomlkit.inline_table()
    value.update(said)
    # with blanks inside of the braces, as they are written everywhere
    inside = value.as_string().removeprefix("{").removesuffix("}").strip()
    return tomlkit.value(f"{{ {inside} }}")


def _said(table: PluginTable) -> tuple[str, ...]:
    """The keys that say something."""
    given = tuple(key for key in ("version", "source", "git", "rev") if getattr(table, key))
    return given if table.enabled else (*given, "enabled")


def _with_table(text: str, plugins: Mapping[str, PluginTable]) -> str:
    ended = text if text.endswith("\n") else f"{text}\n"
    lines = "".join(f"{name} = {value_text(table)}\n" for name, table in plugins.items())
    return f"{ended}\n[plugins]\n{lines}"


def _first_that_does(text: str, name: str, wanted: PluginTable | None, edits: tuple[_Edit, ...]) -> str:
    """A site file can say the same in many ways, and not every edit suits each. What it says then decides."""
    for edit in edits:
        try:
            edited = edit(text, name, wanted)
            if _means(edited, text, name, wanted):
                return edited
        except (TOMLKitError, tomli.TOMLDecodeError, AttributeError, LookupError, TypeError, ValueError):
            continue
    return text


def _means(edited: str, text: str, name: str, wanted: PluginTable | None) -> bool:
    found, before = tomli.loads(edited), tomli.loads(text)
    value = found.get("plugins", {}).pop(name, None)
    before["plugins"].pop(name, None)
    for each in (found, before):
        each.setdefault("plugins", {})
    if value is None or wanted is None:
        return value is wanted and found == before
    table = PluginTable.model_validate({"version": value} if isinstance(value, str) else value)
    return table == wanted and found == before


# --- a plugin that is there no more --------------------------------------------------------------------------------


def _cut(text: str, name: str, _wanted: None) -> str:
    """A table with a header of its own, from that to its last key: what follows may be about the next table."""
    places = [place_of(("plugins", name, *rest), text, "") for rest in ((), *((key,) for key in _keys(text, name)))]
    lines = text.splitlines(keepends=True)
    first = min(place.line for place in places) - 1
    if not lines[first].lstrip().startswith("["):
        raise ValueError(name)
    last = max(place.line for place in places)
    return "".join((*lines[:first], *lines[last:]))


def _keys(text: str, name: str) -> list[str]:
    table = tomli.loads(text)["plugins"][name]
    return list(table) if isinstance(table, dict) else []


def _deleted(text: str, name: str, _wanted: None) -> str:
    document = tomlkit.parse(text)
    del _plugins(document)[name]
    return tomlkit.dumps(document)


# --- one that is new, or another -------------------------------------------------------------------------------------


def _lined(text: str, name: str, wanted: PluginTable) -> str:
    """A line of its own behind that of the last plugin, and written like that."""
    known = tomli.loads(text)["plugins"]
    last = "" if name in known else list(known)[-1]
    places = [place_of(("plugins", last, *rest), text, "") for rest in ((), *((key,) for key in _keys(text, last)))]
    lines = text.splitlines(keepends=True)
    end = max(place.line for place in places)
    form = re.match(rf"(\s*(?:plugins\s*\.\s*)?){re.escape(last)}\b", lines[end - 1])
    if form is None:
        raise ValueError(last)
    lines[end - 1] = lines[end - 1].removesuffix("\n") + "\n"
    return "".join((*lines[:end], f"{form[1]}{name} = {value_text(wanted)}\n", *lines[end:]))


def _put(text: str, name: str, wanted: PluginTable) -> str:
    """Behind the last plugin, and before the comments that follow it; one that is there stays where it is."""
    document = tomlkit.parse(text)
    plugins = _plugins(document)
    if name in plugins:
        _change(plugins, name, wanted)
        return tomlkit.dumps(document)
    body = plugins.value.body
    keys = [at for at, (key, _) in enumerate(body) if key is not None]
    end = keys[-1] + 1 if keys else len(body)
    tail = body[end:]
    del body[end:]
    plugins.append(name, _value(wanted))
    body.extend(tail)
    return tomlkit.dumps(document)


def _set(text: str, name: str, wanted: PluginTable) -> str:
    document = tomlkit.parse(text)
    _change(_plugins(document), name, wanted)
    return tomlkit.dumps(document)


def _anew(text: str, name: str, wanted: PluginTable) -> str:
    """Lines such as `pulp-rpm.version = ...` become one."""
    lines = text.splitlines(keepends=True)
    first, *others = sorted({place_of(("plugins", name, key), text, "").line - 1 for key in _keys(text, name)})
    form = re.match(rf"(\s*(?:plugins\s*\.\s*)?){re.escape(name)}\s*\.", lines[first])
    if form is None:
        raise ValueError(name)
    lines[first] = f"{form[1]}{name} = {value_text(wanted)}\n"
    return "".join(line for at, line in enumerate(lines) if at not in others)


def _below(text: str, name: str, wanted: PluginTable) -> str:
    """A table of its own at the end of the file."""
    ended = text if text.endswith("\n") else f"{text}\n"
    lines = (f"{key} = {tomlkit.item(getattr(wanted, key)).as_string()}\n" for key in _said(wanted))
    return f"{ended}\n[plugins.{name}]\n{''.join(lines)}"


def _change(plugins: Any, name: str, wanted: PluginTable) -> None:
    found = plugins.get(name)
    if isinstance(found, InlineTable) or not isinstance(found, MutableMapping):
        plugins[name] = _value(wanted)
        return
    for key in _KEYS:
        said = getattr(wanted, key)
        if key in _said(wanted) or (key == "enabled" and key in found):  # whose comment says why
            found[key] = said
        elif key in found and found[key] != "*":
            del found[key]


def _plugins(document: tomlkit.TOMLDocument) -> Any:
    return document["plugins"]


def _by_hand(path: str, text: str, plugins: Mapping[str, PluginTable]) -> SiteError:
    return SiteError(
        Problem(
            code="edit-failed",
            message="`plugins` is written in a way that cannot be changed without more",
            where=_place(path, text),
            notes=tuple(_lines(plugins)),
            help=("write the lines above below `[plugins]` yourself, then `pulp-quadlet apply`",),
        )
    )


def _lines(plugins: Mapping[str, PluginTable]) -> Iterator[str]:
    return (f"{name} = {value_text(table)}" for name, table in plugins.items())


def _place(path: str, text: str) -> Location | None:
    return place_of(("plugins",), text, path)
