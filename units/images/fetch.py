"""Get every locked package as a wheel. Prints one JSON object: why that failed, or nothing.

Files of an index are taken if their hash is the locked one, and not otherwise. What is no wheel there is made into
one. All is written into a folder of this run alone, and whoever started it takes what is whole.
"""

import json
from pathlib import Path
from typing import Any

from pip_run import TMP, pip

QUESTION = Path(__file__).with_name("question.json")
NEW = Path("/mnt/new")
Package = dict[str, Any]


def main() -> None:
    """Wheels first: what is built may take minutes, and a wrong hash should be known before."""
    asked = json.loads(QUESTION.read_text(encoding="utf-8"))
    failed = download(asked["wheels"], asked["options"])
    for each in asked["builds"]:
        failed = failed or build(each, asked["options"])
    print(json.dumps({"failed": failed} if failed else {}))


def download(wheels: list[Package], options: list[str]) -> list[str] | None:
    """All at once. Where a file is not at its place any more, the index may have it elsewhere."""
    if not wheels:
        return None
    if "--no-index" not in options and take(wheels, options, at_their_places=True) is None:
        return None
    return take(wheels, options, at_their_places=False)


def take(wheels: list[Package], options: list[str], *, at_their_places: bool) -> list[str] | None:
    """By the addresses in the lock, or by name and version."""
    listing = TMP / "wheels.txt"
    listing.write_text("".join(f"{line(each, at_its_place=at_their_places)}\n" for each in wheels), encoding="utf-8")
    words = ["--no-deps", "--require-hashes", "--only-binary=:all:", f"--dest={NEW}/wheels", f"--requirement={listing}"]
    return pip("download", *options, *words)


def line(package: Package, *, at_its_place: bool) -> str:
    """A requirement that one file alone can meet."""
    name, version, url = package["name"], package["version"], package["url"]
    what = f"{name} @ {url}" if at_its_place and url else f"{name}=={version}"
    return f"{what} --hash=sha256:{package['sha256']}"


def build(package: Package, options: list[str]) -> list[str] | None:
    """A wheel from source, in a folder that is called by what it was made of."""
    folder = f"--wheel-dir={NEW}/built/{package['key']}"
    if package["kind"] == "sdist":
        listing = TMP / "sdist.txt"
        listing.write_text(f"{line(package, at_its_place='--no-index' not in options)}\n", encoding="utf-8")
        return pip("wheel", *options, "--no-deps", "--require-hashes", folder, f"--requirement={listing}")
    where = f"git+{package['url']}@{package['commit']}" if package["kind"] == "git" else package["url"]
    return pip("wheel", *options, "--no-deps", folder, "--", f"{package['name']} @ {where}")


if __name__ == "__main__":
    main()
