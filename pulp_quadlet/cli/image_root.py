"""`apply --root`: a site in the root of an image, with neither systemd nor Podman at hand."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from pulp_quadlet.cli.offline import some_target
from pulp_quadlet.cli.output import say, say_json
from pulp_quadlet.config.source import load
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.quadlet.version import PodmanVersion


def prepare(root: Path, path: Path | None, host: str | None, version: PodmanVersion | None, *, as_json: bool) -> None:
    """Compile a site file, which is that of the image where no other is named, and write what it stands for there."""
    from pulp_quadlet import pipeline
    from pulp_quadlet.host import image_root
    from pulp_quadlet.host.generator import generate
    from pulp_quadlet.host.installation import fingerprint

    where = root.resolve()
    image_root.check(where)
    source = load(path or where / image_root.SITE_FILE.lstrip("/"))
    # SELinux is that of the host on which this runs; the first boot compiles with its own
    target = replace(some_target(host, version), selinux=None)
    compiled = pipeline.compile_site(source, target)
    pipeline.check(compiled, generate(compiled.tree))
    made = compiled.generation(Origin(made=time.time(), user="root", compiler=fingerprint()))
    seen_inside = replace(made, origin=replace(made.origin, site_file=image_root.SITE_FILE))
    number = image_root.lay_down(seen_inside, where)
    if as_json:
        say_json({"root": str(where), "site": made.site, "generation": number, "files": len(made.tree.files)})
        return
    say(f"{len(made.tree.files)} files of {made.site} are written below {where}; its first boot does the rest.")
