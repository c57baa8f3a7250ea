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
from itertools import pairwise
from pathlib import Path
from typing import Any

from pip_run import TMP, UNKNOWN, pip

QUESTION = Path(__file__).with_name("question.json")
NAME = re.compile(r"<a [^>]*>\s*([A-Za-z0-9._-]+)\s*</a>")
LARGEST = 2_000_000  # bytes; an index of all the world has more, and nobody wants to wait for it
KEPT = ("name", "version", "requires_dist")


def main() -> None:
    """Ask pip once."""
    asked = json.loads(QUESTION.read_text(encoding="utf-8"))
    report = TMP / "report.json"
    words = ["--dry-run", "--ignore-installed", f"--report={report}", *asked["options"]]
    words += ["--no-deps"] if asked["alone"] else []
    failed = pip("install", *words, "--", *asked["requirements"])
    if failed is None:
        print(json.dumps(answer(json.loads(report.read_text(encoding="utf-8")))))
    else:
        print(json.dumps({"failed": failed, "alike": alike("\n".join(failed), asked["options"])}))


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
        with urllib.request.urlopen(url.rstrip("/") + "/", timeout=5, context=context) as page:  # noqa: S310
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
