"""Makes a Site of the text of a site file, or tells all that is wrong with it in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli
from pydantic import ValidationError

from pulp_quadlet.config.checks import CHECKS
from pulp_quadlet.config.tables import Site
from pulp_quadlet.errors import SiteError

if TYPE_CHECKING:
    from typing import NoReturn


def read(text: str, path: str) -> Site:
    """The site that `text` describes. `path` is what messages call the file.

    Raises SiteError with all problems of the file, in the order of their places.
    """
    try:
        site = Site.model_validate(tomli.loads(text))
    # Also what tomli gives up on: RecursionError at deep nesting, ValueError at a number of thousands of digits.
    except (tomli.TOMLDecodeError, ValidationError, RecursionError, ValueError):
        _refuse(text, path)
    if any(finding for check in CHECKS for finding in check(site)):
        _refuse(text, path)
    return site


def _refuse(text: str, path: str) -> NoReturn:
    # Only a wrong file pays for the modules that explain it.
    from pulp_quadlet.config.diagnosis.diagnose import diagnose

    # The exception that was being handled names values, perhaps secret ones, so it is not kept as the cause.
    raise SiteError(*diagnose(text, path)) from None
