"""Frozen values to JSON and back, by their own type annotations.

pydantic would do it too, but the agent reads generations while it watches, and may not carry that library in memory.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_Value = TypeVar("_Value")


class UnreadableValue(ValueError):  # noqa: N818  # reads as what it is
    """JSON that does not describe such a value: written by another version, or altered by hand."""


def to_data(value: Any) -> Any:
    """A value as dictionaries, lists, strings and numbers. Fields that hold their default are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if item != field.default:
                found[field.name] = to_data(item)
        return found
    if isinstance(value, Mapping):
        return {str(key): to_data(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [to_data(item) for item in value]
    return value


def from_data(kind: type[_Value], data: Any) -> _Value:
    """The value of a frozen dataclass. Raises UnreadableValue where the data is not of that shape."""
    value: _Value = _read(kind, data)
    return value


def _read(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        found = _read_fields(kind, data)
    elif origin is tuple:
        found = _read_tuple(get_args(kind), data)
    elif origin in {Union, types.UnionType}:
        found = _read_one_of(get_args(kind), data)
    elif origin is Literal:
        found = _checked(data in get_args(kind), data, kind)
    elif kind is float and isinstance(data, int):
        found = float(data)
    else:
        expected = type(None) if kind is None else kind
        found = _checked(type(data) is expected, data, kind)
    return found


def _read_fields(kind: Any, data: Any) -> Any:
    _checked(isinstance(data, dict), data, kind)
    hints = _hints(kind)
    unknown = data.keys() - hints.keys()
    _checked(not unknown, sorted(unknown), kind)
    try:
        return kind(**{name: _read(hints[name], item) for name, item in data.items()})
    except TypeError as error:
        raise UnreadableValue(str(error)) from None


def _read_tuple(kinds: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    _checked(isinstance(data, list), data, kinds)
    if len(kinds) == 2 and kinds[1] is ...:
        return tuple(_read(kinds[0], item) for item in data)
    _checked(len(kinds) == len(data), data, kinds)
    return tuple(_read(kind, item) for kind, item in zip(kinds, data, strict=True))


def _read_one_of(kinds: tuple[Any, ...], data: Any) -> Any:
    for kind in kinds:
        try:
            return _read(kind, data)
        except UnreadableValue:
            continue
    raise UnreadableValue(f"{data!r} is none of {kinds}")


def _checked(right: bool, data: Any, kind: Any) -> Any:
    if not right:
        raise UnreadableValue(f"{data!r} is not {kind}")
    return data


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
