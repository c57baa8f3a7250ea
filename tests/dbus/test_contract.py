"""What is read from a contract, and what is shown of it."""

from __future__ import annotations

import pytest

from pulp_quadlet.dbus.contract import Method, Property, document, interfaces
from tests.dbus.world import CONTRACT, JOB, MANAGER

PROPERTY = '<node><interface name="a.B"><property name="P" type="s" access="readwrite"/></interface></node>'


def test_signatures_come_from_the_contract() -> None:
    contract = interfaces(CONTRACT)
    assert list(contract) == [MANAGER, JOB]
    manager = contract[MANAGER]
    assert manager.methods == {"Do": Method(takes="sa{sv}", gives="so"), "Nothing": Method(takes="", gives="")}
    assert manager.signals == {"Said": "s"}
    assert manager.properties == {
        "Version": Property(signature="s", announced="const"),
        "Jobs": Property(signature="ao", announced="true"),
        "Load": Property(signature="d", announced="invalidates"),
    }


def test_nothing_can_be_written() -> None:
    with pytest.raises(ValueError, match=r"^the property P is not read-only$"):
        interfaces(PROPERTY)


def test_a_document_has_annotations_and_children_and_no_comments() -> None:
    [interface] = interfaces(PROPERTY.replace("readwrite", "read").replace("<property", "<!-- x --><property")).values()
    assert document(iter([interface]), iter(["one", "two"])) == (
        '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
        '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n'
        "<node>\n"
        '  <interface name="a.B">\n'
        '    <property name="P" type="s" access="read" />\n'
        "  </interface>\n"
        '  <node name="one"/>\n'
        '  <node name="two"/>\n'
        "</node>\n"
    )
