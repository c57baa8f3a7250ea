"""What all recipes have in common: a text, its context, and a tag that names both.

No command line goes through a shell: every `RUN` is an array of words, and requirements stand in files.
"""

from __future__ import annotations

import hashlib
import json

from pulp_quadlet.config.tables import Site
from pulp_quadlet.model.deployment import BuiltImage, TextFile
from pulp_quadlet.model.labels import RECIPE_LABEL
from pulp_quadlet.resources import fill, read_text

BUILD = "/usr/share/pulp-quadlet/build"


def recipe(
    site: Site,
    role: str,
    scripts: tuple[str, ...],
    files: tuple[TextFile, ...] = (),
    *,
    prefix: str = "",
    **values: object,
) -> BuiltImage:
    """The recipe `images/ROLE.containerfile.j2`, with scripts of ours and other files beside it."""
    label = f"{RECIPE_LABEL}={role}"
    text = fill(f"images/{role}.containerfile.j2", base=site.image.base, build=BUILD, label=label, **values)
    own = tuple(TextFile(path=name, text=read_text(f"images/{name}")) for name in scripts)
    context = (TextFile(path="Containerfile", text=text), *own, *files)
    return BuiltImage(
        reference=f"localhost/pulp-quadlet/{role}:{prefix}{digest(context)}",
        role=role,
        context=context,
        network=not site.image.offline,
        origin=("image",),
    )


def digest(files: tuple[TextFile, ...]) -> str:
    """Names a recipe by its text, so that the tag tells whether an image is the one that is wanted."""
    text = json.dumps([(file.path, file.text) for file in files])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
