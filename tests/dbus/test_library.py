"""The library is old; these are the ways in which newer Pythons trip over it."""

from __future__ import annotations

import sys

from tests.lab.command import run


def python(program: str) -> str:
    return run([sys.executable, "-W", "error", "-c", program]).stdout


def test_it_is_imported_where_typing_has_lost_a_decorator() -> None:
    """As in Python 3.15."""
    python(
        "import typing\n"
        "vars(typing).pop('no_type_check_decorator', None)\n"
        "import pulp_quadlet.dbus.server, dbus_next.service"
    )


def test_glib_is_not_loaded() -> None:
    """Where it is installed, the library would load it; whoever wants it afterwards still can."""
    told = python("import sys, pulp_quadlet.dbus.server; print('gi' in sys.modules, 'gi.repository' in sys.modules)")
    assert told == "False False\n"


def test_nothing_else_is_loaded() -> None:
    told = python(
        "import sys, pulp_quadlet.dbus.server\n"
        "heavy = {'pydantic', 'jinja2', 'podman', 'requests', 'cryptography', 'rich', 'click'}\n"
        "ours = {name for name in sys.modules if name.startswith('pulp_quadlet.')}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
        "print(sorted(name for name in ours if not name.startswith('pulp_quadlet.dbus')))\n"
    )
    assert told == "[]\n['pulp_quadlet.errors']\n"
