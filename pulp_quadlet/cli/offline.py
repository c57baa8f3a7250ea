"""Commands that need neither root nor a running systemd: init, check, render, schema."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pulp_quadlet.cli.options import DEFAULT_SITE, host_option, json_option, podman_option, site_option
from pulp_quadlet.cli.output import say, say_json
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.target import Target
from pulp_quadlet.quadlet.version import PodmanVersion

_FALLBACK = PodmanVersion(5, 4)  # of Debian 13, where this host has no Podman to ask


@click.command()
@site_option
@click.option(
    "--url", help="The address at which users will find Pulp.", default="http://localhost:8080", show_default=True
)
@json_option
def init(path: Path, url: str, as_json: bool) -> None:
    """Write a first site file, which is never written over."""
    from pulp_quadlet.config.read import read
    from pulp_quadlet.resources import fill

    text = fill("site.toml.j2", url=url)
    read(text, str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise HostError(
            Problem(
                code="file-exists",
                message=f"{path} is there already",
                help=(f"edit it, then `pulp-quadlet check -f {path}`",),
            )
        ) from None
    except OSError as error:
        raise HostError(Problem(code="write-failed", message=f"{path} cannot be written: {error.strerror}")) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    if as_json:
        say_json({"path": str(path), "written": True})
        return
    file = "" if path == DEFAULT_SITE else f" -f {path}"
    say(f"{path} is written. Next: `pulp-quadlet check{file}`, then `pulp-quadlet apply{file}` as root.")


@click.command()
@site_option
@host_option
@podman_option
@json_option
def check(path: Path, host: str | None, version: PodmanVersion | None, as_json: bool) -> None:
    """Read the site file, compile it, and let Podman's generator and systemd verify the result."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.config.read import read
    from pulp_quadlet.host.generator import generate

    source = load(path)
    site = read(source.text, source.path)
    # without --host the slices of all hosts are checked
    hosts = (host,) if host or not site.hosts else tuple(site.hosts)
    compiled = [pipeline.compile_site(source, some_target(name, version)) for name in hosts]
    each_verified = [pipeline.check(each, generate(each.tree)) for each in compiled]
    verified = all(each_verified)
    units = sum(len(each.tree.units) for each in compiled)
    if as_json:
        say_json({"path": str(path), "units": units, "verified": verified, "problems": []})
        return
    say(f"{path}: no problems; {units} units")
    if not verified:
        say("Podman's generator is not on this machine, so the units were not verified with it.")


@click.command()
@site_option
@host_option
@podman_option
@json_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write the files below this folder."
)
def render(path: Path, host: str | None, version: PodmanVersion | None, as_json: bool, output: Path | None) -> None:
    """Compile the site file and show the files, or write them below a folder. The host is not touched."""
    from pulp_quadlet import pipeline

    source = load(path)
    tree = pipeline.compile_site(source, some_target(host, version)).tree
    if as_json:
        say_json(
            {
                "site": tree.site,
                "files": [{"path": file.path, "mode": f"{file.mode:04o}", "text": file.text} for file in tree.files],
                "links": [{"path": link.path, "target": link.target} for link in tree.links],
            }
        )
        return
    if output is None:
        for file in tree.files:
            say(f"--- {file.path}\n{file.text}")
        return
    try:
        for file in tree.files:
            place = output / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.text, encoding="utf-8")
    except OSError as error:
        raise HostError(
            Problem(code="write-failed", message=f"{error.filename} cannot be written: {error.strerror}")
        ) from error
    say(f"{len(tree.files)} files are written below {output}")


@click.command()
def schema() -> None:
    """Print a JSON Schema of the site file, for editors."""
    from pulp_quadlet.config.json_schema import json_schema

    say_json(json_schema())


def some_target(host: str | None, version: PodmanVersion | None) -> Target:
    """What to compile for: this host, as far as it can be asked."""
    from pulp_quadlet.host import generator
    from pulp_quadlet.host.target import this_host

    if version is not None:
        return Target(podman=version, host=host)
    try:
        found = generator.version()
    except HostError:
        return Target(podman=_FALLBACK, host=host)
    return this_host(host, found)


COMMANDS = (init, check, render, schema)
