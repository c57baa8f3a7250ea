"""Which versions go together? Prints one JSON object: what pip would install, or why it cannot.

pip decides; nothing is installed. It runs in a container of the same base as the image that is to be built, so that
Python and its tags are the same.
"""

import difflib
import json
import re
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pip_run import TMP, UNKNOWN, NoEndError, pip

QUESTION = Path(__file__).with_name("question.json")
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+) *(?:\[[^]\s]*\])? *\(?([^;()\n]*?)\)?")  # one that holds everywhere
UPPER = re.compile(r"(<|<=|==|===|~=) *[A-Za-z0-9.*+!_-]+")  # nothing of an index may become an option of pip
NAME = re.compile(r"<a [^>]*>\s*([A-Za-z0-9._-]+)\s*</a>")
LARGEST = 2_000_000  # bytes; an index of all the world has more, and nobody wants to wait for it
CONFLICT = "ResolutionImpossible"  # as pip says it; whatever else is wrong would be so once more
PATIENCE = 300.0  # seconds; twenty are usual, and who searches for longer will not find
KEPT = ("name", "version", "requires_dist")


def main() -> None:
    """Ask pip, with as good a start as can be had."""
    asked = json.loads(QUESTION.read_text(encoding="utf-8"))
    wanted = asked["requirements"]
    print(json.dumps(solved(asked, wanted, "--no-deps") if asked["alone"] else together(asked, wanted)))


def together(asked: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """The answer, if there is one, below the bounds that the newest of all these set each other.

    pip 25.1 begins with the newest pulpcore. If the only release of a plugin holds it far below that, pip tries for
    hours what else could be older (https://pip.pypa.io/warnings/backtracking); told the bound, it answers in seconds.
    """
    here = [each for each in wanted if " @ " not in each]
    newest = solved(asked, here, "--no-deps") if len(here) > 1 else {"install": []}
    if "failed" in newest:
        return newest
    needs = list(among(newest["install"]))
    bounds = [bound for _, need in needs for bound in upper(need)]
    constraints = TMP / "constraints.txt"
    constraints.write_text("".join(f"{bound}\n" for bound in bounds), encoding="utf-8")
    try:
        below = solved(asked, wanted, f"--constraint={constraints}", limit=PATIENCE)
        barred = bounds and any(CONFLICT in line for line in below.get("failed", ()))
        return solved(asked, wanted, limit=PATIENCE) if barred else below
    except NoEndError as error:
        return {"failed": [str(error), *(f"    {who} depends on {need}" for who, need in needs)]}


def solved(asked: dict[str, Any], wanted: list[str], *words: str, limit: float | None = None) -> dict[str, Any]:
    """What pip would install, or why it cannot. Raises NoEndError after the limit, in seconds."""
    report = TMP / "report.json"
    words = ("--dry-run", "--ignore-installed", f"--report={report}", *words, *asked["options"])
    failed = pip("install", *words, "--", *wanted, limit=limit)
    if failed is None:
        return answer(json.loads(report.read_text(encoding="utf-8")))
    return {"failed": failed, "alike": alike("\n".join(failed), asked["options"])}


def among(install: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """What some of these packages require of others of them: who, and what."""
    names = {plain(each["name"]) for each in install}
    for each in install:
        for text in each.get("requires_dist", ()):
            match = REQUIREMENT.fullmatch(text)
            if match and plain(match[1]) in names:
                yield f"{each['name']} {each['version']}", match[1] + match[2].strip()


def upper(requirement: str) -> Iterator[str]:
    """Its upper bounds, as constraints of pip."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    parts = (part.strip() for part in requirement.removeprefix(name).split(","))
    yield from (f"{name}{part}" for part in parts if UPPER.fullmatch(part))


def plain(name: str) -> str:
    """The name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def answer(report: dict[str, Any]) -> dict[str, Any]:
    """What is needed of the report, which has the whole description of each package too."""
    install = [
        {
            **{key: each["metadata"][key] for key in KEPT if key in each["metadata"]},
            "requested_extras": each.get("requested_extras", []),
            "download_info": each["download_info"],
        }
        for each in report["install"]
    ]
    return {"environment": report["environment"], "install": install}


def alike(text: str, options: list[str]) -> list[str]:
    """Names on the index that are like the one that it has not. PyPI is not asked: its list is long."""
    unknown, url = UNKNOWN.search(text), option(options, "--index-url")
    if unknown is None or url is None or "404 Client Error" not in text:
        return []
    try:
        context = ssl.create_default_context(cafile=option(options, "--cert"))
        # the site file lets no other scheme in than http and https
        with urllib.request.urlopen(url.rstrip("/") + "/", timeout=5, context=context) as page:  # noqa: S310  as it says above
            names = NAME.findall(page.read(LARGEST).decode(errors="replace"))
    except (OSError, ValueError) as error:
        print(f"the index has no list of names: {error}", file=sys.stderr)
        return []
    return difflib.get_close_matches(unknown[1].lower(), names, n=2, cutoff=0.75)


def option(options: list[str], wanted: str) -> str | None:
    """The word behind an option."""
    return next((word for flag, word in pairwise(options) if flag == wanted), None)


if __name__ == "__main__":
    main()
