"""The contract: introspection XML, read as values. Signatures are found nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
_DOCTYPE = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
    '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """The signatures of its arguments and of its results."""

    takes: str
    gives: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """Its type, and what is told of a change: `true` for its value, `invalidates` for the fact, else nothing."""

    signature: str
    announced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    name: str
    methods: Mapping[str, Method]
    signals: Mapping[str, str]
    """Signatures by name."""
    properties: Mapping[str, Property]
    xml: str
    """Its element, with its annotations and without comments."""


def interfaces(xml: str) -> dict[str, Interface]:
    """The interfaces of a contract. Raises ValueError for one with a property that can be written: none of ours can."""
    return {name: _interface(name, each) for each in ET.fromstring(xml) for name in [_name(each)]}  # noqa: S314  # our own


def document(interfaces: Iterator[Interface], children: Iterator[str]) -> str:
    """What `Introspect` answers for an object with these interfaces and these nodes right below it."""
    parts = [*(each.xml for each in interfaces), *(f'  <node name="{name}"/>\n' for name in children)]
    return f"{_DOCTYPE}<node>\n{''.join(parts)}</node>\n"


def _interface(name: str, element: ET.Element) -> Interface:
    announced = _annotation(element, "true")
    properties = {_name(each): _property(each, announced) for each in element.findall("property")}
    return Interface(
        name=name,
        methods={
            _name(each): Method(takes=_signature(each, "in", "in"), gives=_signature(each, "in", "out"))
            for each in element.findall("method")
        },
        signals={_name(each): _signature(each, "out", "out") for each in element.findall("signal")},
        properties=properties,
        xml=_text(element),
    )


def _signature(element: ET.Element, default: str, direction: str) -> str:
    arguments = element.findall("arg")
    return "".join(each.attrib["type"] for each in arguments if each.get("direction", default) == direction)


def _property(element: ET.Element, default: str) -> Property:
    if element.get("access") != "read":
        raise ValueError(f"the property {_name(element)} is not read-only")
    return Property(signature=element.attrib["type"], announced=_annotation(element, default))


def _annotation(element: ET.Element, default: str) -> str:
    found = [each.attrib["value"] for each in element.findall("annotation") if _name(each) == _EMITS]
    return found[0] if found else default


def _name(element: ET.Element) -> str:
    return element.attrib["name"]


def _text(element: ET.Element) -> str:
    copy = ET.fromstring(ET.tostring(element))  # noqa: S314  # our own
    ET.indent(copy, level=1)
    copy.tail = "\n"
    return "  " + ET.tostring(copy, encoding="unicode")
