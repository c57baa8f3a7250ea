"""Problems of `[image]` that only show when its keys are seen together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulp_quadlet.config.finding import Finding
from pulp_quadlet.config.tables import Site

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_image(site: Site) -> Iterator[Finding]:
    """What is said of builds must have a build to speak of, and an offline build must have its wheels."""
    image = site.image
    if image.source != "archive" and image.archive is not None:
        yield Finding(
            ("image", "archive"),
            "unused-key",
            f'`archive` is a file to load images from, but `source` is "{image.source}"',
            ('remove it, or set `source = "archive"`',),
            at="key",
        )
    if image.source == "archive" and image.archive is None:
        yield Finding(
            ("image", "source"),
            "missing-archive",
            'images of `source = "archive"` need the file that they are in',
            ('give its path, as in `archive = "/srv/pulp.tar"`',),
        )
    yield from _check_built(site) if image.source == "build" else _check_ready_made(site)


def _check_ready_made(site: Site) -> Iterator[Finding]:
    image = site.image
    for key in ("base", "index_url", "extra_index_urls", "pip_options", "wheels", "offline"):
        if key in image.model_fields_set:
            yield Finding(
                ("image", key),
                "unused-key",
                f'`{key}` is for images that are built, but `source` is "{image.source}"',
                ('remove it, or set `source = "build"`',),
                at="key",
            )
    if "plugins" in site.model_fields_set:
        yield Finding(
            ("plugins",),
            "unused-key",
            f'a ready-made image has its own plugins, so `[plugins]` does nothing while `source` is "{image.source}"',
            ('remove the table, or set `source = "build"` in `[image]`',),
            at="key",
        )


def _check_built(site: Site) -> Iterator[Finding]:
    image = site.image
    for key in ("pulp", "postgres", "cache", "web"):
        if key in image.model_fields_set:
            yield Finding(
                ("image", key),
                "unused-key",
                f'`{key}` names an image to pull, but `source` is "build"',
                ('remove it, or set `source = "registry"`',),
                at="key",
            )
    if image.offline and image.wheels is None:
        yield Finding(
            ("image", "offline"),
            "missing-wheels",
            "an offline build needs `wheels`",
            ("give a folder with all wheels, such as `pip wheel --wheel-dir` fills",),
            at="key",
        )
    if image.offline and (image.index_url or image.extra_index_urls):
        key = "index_url" if image.index_url else "extra_index_urls"
        yield Finding(("image", key), "unused-key", f"`{key}` is not used by an offline build", at="key")
