"""Frozen values to JSON and back, by their own type annotations.

pydantic would do it too, but the agent reads generations while it watches, and may not carry that library in memory.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from functools import cache, partial
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
    return _reader(kind)(data)


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """How values of that annotation are read. Looked up once: a generation is of some ten thousand values."""
    origin, inner = get_origin(kind), get_args(kind)
    found: Callable[[Any], Any]
    if dataclasses.is_dataclass(kind):
        found = partial(_read_fields, kind)
    elif origin is tuple and len(inner) == 2 and inner[1] is ...:
        found = partial(_read_items, inner[0])
    elif origin is tuple:
        found = partial(_read_tuple, inner)
    elif origin in {Union, types.UnionType}:
        found = partial(_read_one_of, inner)
    elif origin is Literal:
        found = partial(_read_choice, inner)
    elif kind is float:
        found = _read_float
    else:
        found = partial(_read_plain, type(None) if kind is None else kind)
    return found


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _read_fields(kind: Any, data: Any) -> Any:
    _checked(isinstance(data, dict), data, kind)
    readers = _readers(kind)
    unknown = data.keys() - readers.keys()
    _checked(not unknown, sorted(unknown), kind)
    try:
        return kind(**{name: readers[name](item) for name, item in data.items()})
    except TypeError as error:
        raise UnreadableValue(str(error)) from None


def _read_items(kind: Any, data: Any) -> tuple[Any, ...]:
    _checked(isinstance(data, list), data, kind)
    return tuple(map(_reader(kind), data))


def _read_tuple(kinds: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    _checked(isinstance(data, list) and len(kinds) == len(data), data, kinds)
    return tuple(_read(kind, item) for kind, item in zip(kinds, data, strict=True))


def _read_one_of(kinds: tuple[Any, ...], data: Any) -> Any:
    for kind in kinds:
        try:
            return _read(kind, data)
        except UnreadableValue:
            continue
    raise UnreadableValue(f"{data!r} is none of {kinds}")


def _read_choice(choices: tuple[Any, ...], data: Any) -> Any:
    return _checked(data in choices, data, choices)


def _read_float(data: Any) -> float:
    return float(_checked(type(data) in {int, float}, data, float))


def _read_plain(kind: Any, data: Any) -> Any:
    return _checked(type(data) is kind, data, kind)


def _checked(right: bool, data: Any, kind: Any) -> Any:
    if not right:
        raise UnreadableValue(f"{data!r} is not {kind}")
    return data
