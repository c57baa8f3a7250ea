"""What the tables allow at each path of a site file, read from their types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import BaseMetadata, GroupedMetadata
from pydantic import BaseModel, Tag
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulp_quadlet.config.finding import SitePath

_LIMITS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of pydantic's, as a path of the file.

    pydantic puts the chosen member of a union into its paths. `path` is without them; `union` is the path of the
    innermost union with several members of which this one was tried.
    """

    path: SitePath
    annotation: Any
    union: SitePath | None
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """A table where a key is known; `tag` is the value that chooses this form of the table, if it has several."""

    path: tuple[str, ...]
    table: type[BaseModel]
    tag: tuple[str, str] | None = None


def bare(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """A type without its marks and without `None` (which TOML does not have), and its limits."""
    limits: dict[str, Any] = {}
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *marks = get_args(annotation)
            limits = _limits(marks) | limits
        else:
            some = [member for member in get_args(annotation) if member is not type(None)]
            if get_origin(annotation) not in {Union, UnionType} or len(some) > 1:
                return annotation, limits
            annotation = some[0]


def members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; of any other type, itself."""
    plain, _ = bare(annotation)
    if get_origin(plain) in {Union, UnionType}:
        return tuple(member for member in get_args(plain) if member is not type(None))
    return (annotation,)


def literals(annotation: Any) -> tuple[Any, ...]:
    plain, _ = bare(annotation)
    return get_args(plain) if get_origin(plain) is Literal else ()


def words(annotation: Any) -> list[str]:
    """All words that are allowed literally."""
    return [word for member in members(annotation) for word in literals(member) if isinstance(word, str)]


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_table(annotation: Any) -> bool:
    plain, _ = bare(annotation)
    return is_model(plain) or plain is dict or get_origin(plain) is dict


def is_array(annotation: Any) -> bool:
    plain, _ = bare(annotation)
    return plain in {list, tuple} or get_origin(plain) in {list, tuple, set, frozenset}


def fields(table: type[BaseModel]) -> dict[str, Any]:
    """The keys of a table and their types, limits included."""
    return {info.alias or name: _field(info) for name, info in table.model_fields.items()}


def below(annotation: Any, step: str | int) -> Any:
    """The type of one key or item, or None if there can be none."""
    plain, _ = bare(annotation)
    if is_model(plain):
        return fields(plain).get(str(step))
    inner = get_args(plain)
    if isinstance(step, int):
        return inner[0] if inner and is_array(plain) else None
    return inner[1] if get_origin(plain) is dict else None


def place(site: type[BaseModel], location: Sequence[str | int]) -> Place:
    """Where a location of pydantic's is, in the file and in the types."""
    annotation: Any = site
    path: SitePath = ()
    union: SitePath | None = None
    keys: Any = None
    for index, step in enumerate(location):
        if step == "[key]" and index == len(location) - 1:
            return Place(path, keys, union, is_key=True)
        keys = next(iter(get_args(bare(annotation)[0])), None)
        choices = members(annotation)
        if len(choices) > 1:
            union = path
            annotation = _chosen(choices, step)
            continue
        annotation = below(annotation, step)
        path = (*path, step)
    return Place(path, annotation, union)


def at(site: type[BaseModel], path: Sequence[str | int]) -> Any:
    """The type at a path of the file, or None; of a union, the member that knows the way."""
    candidates: list[Any] = [site]
    for step in path:
        inner = [below(choice, step) for candidate in candidates for choice in members(candidate)]
        candidates = [annotation for annotation in inner if annotation is not None]
    return candidates[0] if candidates else None


@cache
def homes(site: type[BaseModel]) -> tuple[Home, ...]:
    """All tables that have a name of their own, the top of the file first."""
    return tuple(_homes(site, ()))


def tag_key(choices: Sequence[Any]) -> str | None:
    """The key that chooses between several forms of a table, such as `backend`."""
    tables = [bare(choice)[0] for choice in choices]
    if len(tables) < 2 or not all(is_model(table) for table in tables):
        return None
    for name, annotation in fields(tables[0]).items():
        if literals(annotation) and all(literals(fields(table).get(name)) for table in tables):
            return name
    return None


def _homes(annotation: Any, path: tuple[str, ...]) -> Iterator[Home]:
    choices = members(annotation)
    tag = tag_key(choices)
    for choice in choices:
        table, _ = bare(choice)
        if not is_model(table):
            continue
        yield Home(path, table, (tag, str(literals(fields(table)[tag])[0])) if tag else None)
        for name, inner in fields(table).items():
            yield from _homes(inner, (*path, name))


def _chosen(choices: tuple[Any, ...], label: str | int) -> Any:
    """The member of a union that pydantic calls `label`."""
    for choice in choices:
        marks = get_args(choice)[1:] if get_origin(choice) is Annotated else ()
        plain, _ = bare(choice)
        if any(isinstance(mark, Tag) and mark.tag == label for mark in marks):
            return choice
        if is_model(plain):
            tags = (word for annotation in fields(plain).values() for word in literals(annotation))
            # a check of the whole table is named in the label
            if plain.__name__ == label or str(label).endswith(f", {plain.__name__}]") or label in tags:
                return choice
        elif str(label).startswith("literal[") and literals(plain):
            return choice
    return next((choice for choice in choices if not is_model(bare(choice)[0]) and not literals(choice)), choices[0])


def _field(info: FieldInfo) -> Any:
    annotation: Any = info.annotation
    for mark in info.metadata:
        annotation = Annotated[annotation, mark]
    return annotation


def _limits(marks: Sequence[Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, FieldInfo):
            limits |= _limits(mark.metadata)
        elif isinstance(mark, GroupedMetadata):
            limits |= _limits(list(mark))
        elif isinstance(mark, BaseMetadata):
            limits |= {name: getattr(mark, name) for name in _LIMITS if getattr(mark, name, None) is not None}
    return limits
