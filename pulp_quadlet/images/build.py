"""Recipes of images that Podman builds on this host: Pulp from PyPI, the others from the base's own packages.

No command line goes through a shell: every `RUN` is an array of words, and requirements stand in a file.
"""

from __future__ import annotations

import hashlib
import json

from pulp_quadlet.config.tables import Site
from pulp_quadlet.model.deployment import BuiltImage, Image, TextFile
from pulp_quadlet.model.target import Target
from pulp_quadlet.plugins import packages_of
from pulp_quadlet.resources import fill, read_text

_BUILD = "/usr/share/pulp-quadlet/build"
_WHEELS = "/mnt/wheels"
_CA = "/etc/pki/pulp-quadlet/ca-bundle.pem"
_SCRIPTS = {
    "pulp": ("packages.sh", "user.sh"),
    "postgres": ("packages.sh", "user.sh", "entrypoint.sh"),
    "cache": ("packages.sh",),
    "web": ("packages.sh",),
}


def images(site: Site, target: Target) -> tuple[Image, ...]:
    """The four recipes."""
    return tuple(_image(site, target, role) for role in _SCRIPTS)


def _image(site: Site, target: Target, role: str) -> BuiltImage:
    values: dict[str, object] = {"base": site.image.base, "build": _BUILD}
    context = [TextFile(path=name, text=read_text(f"images/{name}")) for name in _SCRIPTS[role]]
    mounts: tuple[tuple[str, str], ...] = ()
    if role == "pulp":
        mounts = _mounts(site, target)
        context.append(TextFile(path="requirements.txt", text=_requirements(site)))
        values |= {"packages": packages_of(site), "pip": _pip(site, mounts)}
    recipe = fill(f"images/{role}.containerfile.j2", **values)
    files = (TextFile(path="Containerfile", text=recipe), *context)
    return BuiltImage(
        reference=f"localhost/pulp-quadlet/{role}:{_digest(files)}",
        role=role,
        context=files,
        mounts=mounts,
        network=not site.image.offline,
        origin=("plugins",) if role == "pulp" else ("image",),
    )


def _requirements(site: Site) -> str:
    extra = site.storage.parts().extra
    core = site.plugins.get("pulpcore", "")
    lines = [f"pulpcore[{extra}]{core}" if extra else f"pulpcore{core}"]
    lines += [f"{name}{versions}" for name, versions in sorted(site.plugins.items()) if name != "pulpcore"]
    return "".join(f"{line}\n" for line in lines)


def _pip(site: Site, mounts: tuple[tuple[str, str], ...]) -> list[str]:
    image = site.image
    words = ["pip", "install", "--no-cache-dir", "--disable-pip-version-check"]
    targets = {target for _, target in mounts}
    if _CA in targets:
        words += ["--cert", _CA]
    if image.index_url:
        words += ["--index-url", image.index_url]
    for url in image.extra_index_urls:
        words += ["--extra-index-url", url]
    if _WHEELS in targets:
        words += ["--find-links", _WHEELS]
    if image.offline:
        words.append("--no-index")
    return [*words, *image.pip_options, "--requirement", f"{_BUILD}/requirements.txt"]


def _mounts(site: Site, target: Target) -> tuple[tuple[str, str], ...]:
    ca = {"host": target.ca_bundle, "image": None}.get(site.trust.ca, site.trust.ca)
    found = ((ca, _CA), (site.image.wheels, _WHEELS))
    return tuple((source, where) for source, where in found if source)


def _digest(files: tuple[TextFile, ...]) -> str:
    """Names the recipe by its text, so that the tag tells whether an image is the one that is wanted."""
    text = json.dumps([(file.path, file.text) for file in files])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
