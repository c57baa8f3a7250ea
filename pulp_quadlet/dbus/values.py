"""Python's values to those of the bus and back. Only here are variants made and taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulp_quadlet.dbus.library import SignatureTree, SignatureType, Variant

# In this order: a truth value is a whole number, too.
_NATURAL: dict[type, str] = {bool: "b", int: "x", float: "d", str: "s", bytes: "ay", Mapping: "a{sv}"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value for a variant where its natural type is not meant: `Typed("o", "/org/example")`."""

    signature: str
    value: Any


def plain(value: Any) -> Any:
    """The same without variants, however deep they are. Structures are lists."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def wire(signature: str, values: Sequence[Any]) -> list[Any]:
    """The values as the library wants them for this signature. Raises TypeError or ValueError if they do not fit."""
    tree = SignatureTree._get(signature)  # noqa: SLF001  its cache of parsed signatures
    if isinstance(values, str) or len(values) != len(tree.types):
        raise ValueError(f"`{signature}` wants {len(tree.types)} values, not {values!r}")
    body = [_wire(kind, value) for kind, value in zip(tree.types, values, strict=True)]
    tree.verify(body)
    return body


def _wire(kind: SignatureType, value: Any) -> Any:
    match kind.token:
        case "v":
            return _variant(value)
        case "a":
            return _array(kind.children[0], value)
        case "(":
            return [_wire(child, each) for child, each in zip(kind.children, value, strict=True)]
        case "s":
            return _text(value)
        case _:
            return value


def _array(kind: SignatureType, value: Any) -> Any:
    if kind.signature.startswith("{"):
        key_kind, value_kind = kind.children
        return {_wire(key_kind, key): _wire(value_kind, each) for key, each in value.items()}
    if kind.signature == "y":
        return bytes(value)
    if isinstance(value, str):
        raise TypeError(f"a list is wanted, not the text {value!r}")
    return [_wire(kind, each) for each in value]


def _text(value: Any) -> Any:
    """Text without what the bus does not carry: it closes the connection of whoever sends that."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _variant(value: Any) -> Variant:
    if isinstance(value, Variant):
        return value
    signature = value.signature if isinstance(value, Typed) else _natural(value)
    inner = value.value if isinstance(value, Typed) else value
    return Variant(signature, wire(signature, [inner])[0])


def _natural(value: Any) -> str:
    """The type of a value that nobody gave one: whole numbers are of 64 bits with a sign."""
    if isinstance(value, list | tuple):
        return "as" if all(isinstance(each, str) for each in value) else "av"
    for kind, signature in _NATURAL.items():
        if isinstance(value, kind):
            return signature
    raise TypeError(f"{type(value).__name__} has no type on the bus")
