"""Where the package's own data lies: `units/`, `selinux/` and `packaging/`, in a wheel or in a checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = Path(__file__).parent
_INSTALLED_AS = {"selinux": "policy"}


def folder(name: str) -> Path:
    """`units`, `selinux` or `packaging`: inside the package where it is installed, beside it in a checkout.

    An editable install has stale copies in site-packages, but imports the package from the checkout, so that the
    live folder is found.
    """
    installed = _PACKAGE / _INSTALLED_AS.get(name, name)
    return installed if installed.is_dir() else _PACKAGE.parent / name


def read_text(path: str) -> str:
    """One file of `units/`, such as `config/pulp/health.py`."""
    return (folder("units") / path).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Nothing is HTML here: each template quotes its values for its own language.
    environment = Environment(
        loader=FileSystemLoader((folder("units"), folder("selinux"))),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # units and settings, not HTML
        # A process fills in each template a few times and ends: neither pays for itself.
        optimized=False,
        auto_reload=False,
    )
    environment.filters["python"] = repr
    environment.filters["json"] = json.dumps
    return environment


def fill(template: str, **values: object) -> str:
    """A template of `units/` or `selinux/` with its values filled in; a value that it wants must be given."""
    return _environment().get_template(template).render(values)
