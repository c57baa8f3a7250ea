"""Write the page of the agent's contract anew, from the contract itself: `make docs`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from pulp_quadlet.agent import contract

PAGE = Path(__file__).with_name(f"{contract.NAME}.md")
_CHANGES = {"true": "PropertiesChanged", "const": "never changes"}
_ABOUT = (
    """
    This page is made of `pulp_quadlet/agent/org.pulpproject.Quadlet1.xml` by `make docs`. By whom a method may be
    called is told in [pulp-quadlet-agent(8)](pulp-quadlet-agent.8.md).

    An error of ours is `org.pulpproject.Quadlet1.Error.` and the code of its first problem, such as `UnitFailed` for
    `unit-failed`. Its first argument is a sentence; the second is JSON with `outcome`, `exit_code` and `problems`, as
    [pulp-quadlet(1)](pulp-quadlet.1.md) has them. `AccessDenied` comes from polkit, `Busy` tells whose job runs, and
    `Bug` is a mistake of pulp-quadlet, of which the journal tells more.

    At `/org/pulpproject/Quadlet1`, the ObjectManager of the D-Bus specification tells of all jobs, sites and services.
    Every user may read properties.
    """,
)
_KINDS = {"method": "Methods", "property": "Properties", "signal": "Signals"}


def current() -> str:
    """The page as it should be."""
    root = _read()
    parts = [f"# {contract.NAME}", *(_paragraphs(text) for text in _ABOUT)]
    for interface, text in _documented(root, "interface"):
        parts += [f"## {interface.get('name')}", _paragraphs(text), *_members(interface)]
    return "\n\n".join(parts) + "\n"


def _read() -> ET.Element:
    builder = ET.TreeBuilder(insert_comments=True)
    return ET.fromstring(contract.xml(), ET.XMLParser(target=builder))  # noqa: S314  our own file


def _documented(parent: ET.Element, tag: str) -> Iterator[tuple[ET.Element, str]]:
    """Children of this kind, each with the comment before it."""
    text = ""
    for child in parent:
        if child.tag is ET.Comment:
            text = child.text or ""
        else:
            if child.tag == tag:
                yield child, text
            text = ""


def _members(interface: ET.Element) -> Iterator[str]:
    for tag, title in _KINDS.items():
        found = list(_documented(interface, tag))
        if found:
            yield f"### {title}"
        for member, text in found:
            yield f"**{member.get('name')}**{_signature(member)}"
            yield "\n".join(f"> {line}" if line else ">" for line in _paragraphs(text).splitlines())


def _signature(member: ET.Element) -> str:
    if member.tag == "property":
        [annotation] = member
        return f" `{member.get('type')}`, {_CHANGES[annotation.get('value', '')]}"
    given = [f"`{each.get('type')}` {each.get('name')}" for each in member if each.get("direction") != "out"]
    taken = [f"`{each.get('type')}` {each.get('name')}" for each in member if each.get("direction") == "out"]
    gives = f" → ({', '.join(taken)})" if taken else ""
    return f" ({', '.join(given)}){gives}".replace("_", r"\_")


def _paragraphs(text: str) -> str:
    blocks = textwrap.dedent(text).strip().split("\n\n")
    return "\n\n".join(
        textwrap.fill(" ".join(block.split()), 118, break_long_words=False, break_on_hyphens=False) for block in blocks
    )
