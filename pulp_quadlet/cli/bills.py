"""Commands about what is in images: sbom, audit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulp_quadlet.cli.bus import play
from pulp_quadlet.cli.options import json_option, site_option
from pulp_quadlet.cli.output import say, say_json
from pulp_quadlet.cli.slices import images_of, slices
from pulp_quadlet.errors import ExitCode

if TYPE_CHECKING:
    from pulp_quadlet.host.podman_api import StoredImage
    from pulp_quadlet.model.contents import Contents, Finding
    from pulp_quadlet.model.deployment import Image
    from pulp_quadlet.pipeline import Compiled
    from pulp_quadlet.supply.vulnerabilities import Answers


@click.command()
@click.argument("role", default="pulp")
@site_option
@json_option
def sbom(role: str, path: Path, as_json: bool) -> None:  # noqa: ARG001  it is JSON in any case
    """Print the bill of materials of the image of a role, as CycloneDX 1.6. Without ROLE it is that of Pulp."""
    from pulp_quadlet.host.images.bills import Bills
    from pulp_quadlet.host.root import need_root
    from pulp_quadlet.supply.needed import with_tools

    need_root()
    images = with_tools(images_of(slices(path, None)))
    found = {each.role: each for each in reversed(images)}
    if role not in found:
        raise click.UsageError(f"`{role}` is no image of this site; there are {', '.join(sorted(found))}")
    _here(images, only=found[role])
    bills = Bills()
    play(bills.make(images))
    sys.stdout.write(bills.text(found[role].reference))


@click.command()
@site_option
@click.option("--offline", is_flag=True, help="Do not ask the package index for known vulnerabilities.")
@json_option
def audit(path: Path, offline: bool, as_json: bool) -> int:
    """Hold the images of a site against their bills of materials, the lock, and what is known of vulnerabilities.

    Exits with 8 when it found something.
    """
    from pulp_quadlet.host.root import need_root
    from pulp_quadlet.report.images import audit_text

    need_root()
    told = play(_audited(slices(path, None), offline=offline))
    say_json(told) if as_json else say(audit_text(told))
    return ExitCode.FOUND if told["findings"] else ExitCode.DONE


async def _audited(compiled: tuple[Compiled, ...], *, offline: bool) -> dict[str, Any]:
    from pulp_quadlet.host.images import contents
    from pulp_quadlet.supply.needed import locks, runner, type_of, with_tools
    from pulp_quadlet.supply.vulnerabilities import Answers, releases

    images = images_of(compiled)
    wanted = with_tools(images)
    stored = _here(wanted)
    here = tuple(each for each in wanted if each.reference in stored)
    program = runner(here, stored)
    found = await contents.look([each.reference for each in here], runner=program, verify=True, type_=type_of(images))
    table = compiled[0].site.image
    asked = () if offline or table.offline else releases(found, next(iter(locks(images)), None))
    answers = await asyncio.to_thread(_index(compiled[0]).ask, asked) if asked else Answers(known={})
    findings = [finding for each in here for finding in _findings(each, stored, found[each.reference], answers)]
    return {
        "site": compiled[0].deployment.site,
        "images": [{"role": each.role, "reference": each.reference, "id": stored[each.reference].id} for each in here],
        "findings": [asdict(each) for each in findings],
        "asked": len(asked),
        "vulnerable": len({each.package for each in findings if each.kind == "vulnerable"}),
        "untold": answers.untold,
        "silent": list(answers.silent),
    }


def _findings(image: Image, stored: Mapping[str, StoredImage], contents: Contents, answers: Answers) -> list[Finding]:
    from pulp_quadlet.host.images.bills import Bills
    from pulp_quadlet.supply.audit import audit as audited
    from pulp_quadlet.supply.needed import described, lock_of
    from pulp_quadlet.supply.vulnerabilities import vulnerable

    about = described(image, stored[image.reference].id)
    bill = Bills().read(image.reference)
    return [*audited(about, contents, bill, lock_of(image)), *vulnerable(about, contents, answers)]


def _here(images: tuple[Image, ...], only: Image | None = None) -> dict[str, StoredImage]:
    """What is stored of the images. Raises HostError where one is not here that is needed."""
    from pulp_quadlet.errors import HostError, Problem
    from pulp_quadlet.host import podman_api
    from pulp_quadlet.host.observe import PATIENCE

    with podman_api.connected(limit=PATIENCE) as reader:
        stored = reader.stored(tuple(each.reference for each in images))
    needed = (only,) if only else tuple(each for each in images if each.role != "tools")
    missing = [f"{each.reference} ({each.role})" for each in needed if each.reference not in stored]
    if missing:
        message = f"this host lacks images of the site: {', '.join(missing)}"
        raise HostError(Problem(code="not-applied", message=message, help=("`pulp-quadlet apply` first",)))
    return stored


def _index(compiled: Compiled) -> Any:
    from pulp_quadlet.host.images.index import Index

    ca = compiled.site.trust.ca
    bundle = {"host": compiled.target.ca_bundle, "image": None}.get(ca, ca)
    return Index(compiled.site.image.index_url, bundle)
