"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pulp_quadlet.quadlet.version import PodmanVersion

DEFAULT_SITE = Path("/etc/pulp-quadlet/site.toml")


class PodmanVersionType(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click alone
    """A version such as 5.4 or 5.4.2."""

    name = "version"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> PodmanVersion:
        """The version, or a usage error."""
        if isinstance(value, PodmanVersion):
            return value
        try:
            return PodmanVersion.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


site_option = click.option(
    "-f",
    "--file",
    "path",
    type=click.Path(path_type=Path),
    default=DEFAULT_SITE,
    show_default=True,
    envvar="PULP_QUADLET_SITE",
    show_envvar=True,
    help="The site file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
host_option = click.option("--host", metavar="NAME", help="Which of the site's hosts this is, when it has several.")
detailed_option = click.option(
    "--detailed-exit-code",
    "detailed",
    is_flag=True,
    help="Exit with 7 instead of 0 when there is, or was, something to do.",
)
podman_option = click.option(
    "--podman",
    "version",
    type=PodmanVersionType(),
    help="The version of Podman to compile for, instead of this host's.",
)
