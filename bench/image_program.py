"""Build Pulp's image in our way and in the plain one, inside of a machine: prints what was measured as JSON.

Both sides find all packages as wheels on the disk, so no index is measured; both fetch packages of the distribution.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from pulp_quadlet.config.source import load
from pulp_quadlet.host import command
from pulp_quadlet.host.images.providing import provide
from pulp_quadlet.host.machine import Machine
from pulp_quadlet.host.target import this_host
from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.model.image_names import kept_name
from pulp_quadlet.model.lock import LockedPackage
from pulp_quadlet.paths import WHEELHOUSE
from pulp_quadlet.pipeline import compile_site
from pulp_quadlet.relock import relock

BEGUN = int(time.time())
FOLDER = Path("/srv/bench")
SITE = '[site]\nurl = "http://localhost:8080"\n\n[plugins]\npulp-python = "*"\npulp-rpm = "*"\n'
MORE = 'pulp-npm = "*"\n'
PLAIN = "localhost/plain:bench"
BY_HAND = "localhost/by-hand:bench"
WHEELS = f"--volume={WHEELHOUSE}:/mnt/wheels:ro"
PACKAGES = "python3 python3-venv ca-certificates gpg gpg-agent libglib2.0-0 rpm-common"
COLLECT = (
    "PULP_SECRET_KEY=unused PULP_STATIC_ROOT=/var/lib/operator/static "
    "/opt/pulp/bin/pulpcore-manager collectstatic --noinput"
)
PIP_ALONE = ("/opt/pulp/bin/pip", "install", "--no-index", "--no-deps", "--find-links=/mnt/wheels")
CONTAINERFILE = f"""FROM docker.io/library/debian:trixie-slim
COPY requirements.txt /
RUN apt-get update && apt-get install -y --no-install-recommends {PACKAGES} && python3 -m venv /opt/pulp \\
    && /opt/pulp/bin/pip install --no-index --find-links /mnt/wheels -r /requirements.txt \\
    && {COLLECT}
"""


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    first, more = [await locked(name, text) for name, text in (("first", SITE), ("more", SITE + MORE))]
    found: dict[str, float] = {}
    forget(first, more)
    found["our first build"] = await timed(lambda: provide(first, quiet))
    found["our size"] = size(first.reference)
    found["plain first build"] = await timed(lambda: plain(first, "--no-cache"))
    found["plain size"] = size(PLAIN)
    steps = Steps()
    found["ours, a plugin more"] = await timed(lambda: provide(more, steps))
    [found["our layer of it"]] = steps.until_the_look
    found["pip alone"] = await timed(lambda: pip_alone(first, more))
    found["pip in a layer"] = await timed(lambda: by_hand(pip(first, more)))
    found["plain, nothing changed"] = await timed(lambda: plain(first))
    found["by hand, a plugin more"] = await timed(lambda: by_hand(pip(first, more), COLLECT))
    found["plain, a plugin more"] = await timed(lambda: plain(more))
    command.run(("podman", "untag", more.reference, more.reference))
    found["ours, nothing changed"] = await timed(lambda: provide(more, quiet))
    forget(first, more)
    print(json.dumps(found))


def quiet(_line: str) -> None:
    pass


class Steps:
    """Listens to a build, for the seconds until it came to its last step: the look at the whole."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.until_the_look: list[float] = []

    def __call__(self, line: str) -> None:
        if line.startswith("STEP ") and "/inspection.py" in line:
            self.until_the_look.append(time.monotonic() - self._begun)


async def timed(deed: Callable[[], Awaitable[None]]) -> float:
    begun = time.monotonic()
    await deed()
    return time.monotonic() - begun


async def locked(name: str, text: str) -> BuiltImage:
    """Pulp's image of a site file, with all of its wheels in the wheelhouse: made once, which is not measured."""
    file = FOLDER / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    host = Machine()
    done = await relock(compile_site(load(file), this_host(None)), host)
    Path(done.path).write_text(done.text, encoding="utf-8")
    [image] = (each for each in compile_site(load(file), this_host(None)).deployment.images if each.role == "pulp")
    assert isinstance(image, BuiltImage)  # noqa: S101  # the site file says so
    image = of_this_run(image)
    await provide(image, quiet)
    return image


def of_this_run(image: BuiltImage) -> BuiltImage:
    """With layers of its own from the first on, or those of a site that runs here would be in the cache."""
    mark = f"ENV BENCH={BEGUN}\n"
    recipe = image.context[0].text.replace("COPY packages.sh", f"{mark}COPY packages.sh", 1)
    context = (replace(image.context[0], text=recipe), *image.context[1:])
    return replace(image, reference=f"{image.reference}-{BEGUN}", context=context)


def forget(*images: BuiltImage) -> None:
    names = (name for image in images for name in (image.reference, kept_name(image)))
    command.run(("podman", "image", "rm", "--ignore", *names, PLAIN, BY_HAND))


async def plain(image: BuiltImage, *options: str) -> None:
    pinned = (f"{package.name}=={package.version}\n" for package in locked_packages(image))
    (FOLDER / "requirements.txt").write_text("".join(pinned), encoding="utf-8")
    (FOLDER / "Containerfile").write_text(CONTAINERFILE, encoding="utf-8")
    words = ("--network=host", WHEELS, f"--tag={PLAIN}", *options)
    found = [f"--volume={path}:/mnt/wheels/{path.name}:ro" for path in Path(WHEELHOUSE).glob("built/*/*.whl")]
    await command.follow(("podman", "build", *words, *found, str(FOLDER)), quiet)


async def pip_alone(first: BuiltImage, more: BuiltImage) -> None:
    """What the plugin adds, installed into a container that is there for it."""
    await command.follow(("podman", "run", "--rm", WHEELS, PLAIN, *pip(first, more).split()), quiet)


async def by_hand(*steps: str) -> None:
    """What an administrator would write to add the plugin to an image that is there: pip, and Pulp's static files."""
    text = f"FROM {PLAIN}\n" + "".join(f"RUN {step}\n" for step in steps)
    (FOLDER / "Containerfile").write_text(text, encoding="utf-8")
    words = ("--layers", "--no-cache", WHEELS, f"--tag={BY_HAND}")
    await command.follow(("podman", "build", *words, str(FOLDER)), quiet)


def pip(first: BuiltImage, more: BuiltImage) -> str:
    return " ".join((*PIP_ALONE, *added(first, more)))


def added(first: BuiltImage, more: BuiltImage) -> list[str]:
    """The packages that the second image has beyond the first."""
    had = {each.name for each in locked_packages(first)}
    return [f"{each.name}=={each.version}" for each in locked_packages(more) if each.name not in had]


def locked_packages(image: BuiltImage) -> tuple[LockedPackage, ...]:
    lock = image.packages.lock if image.packages else None
    return lock.packages if lock else ()


def size(name: str) -> float:
    return float(command.run(("podman", "image", "inspect", "--format={{.Size}}", name)).stdout)


if __name__ == "__main__":
    asyncio.run(main())
