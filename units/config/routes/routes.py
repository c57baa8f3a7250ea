"""Write the web server's routes to plugins, read from the very image that runs: `routes.py FOLDER`.

Plugins ship nginx snippets that name the upstreams `pulp-api` and `pulp-content`. A snippet that sets a header of its
own would lose all headers that the server sets, the ones that blank a client's forged identity too; so only path and
upstream are taken over, and the headers are the site's.
"""

import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

LOCATION = re.compile(r"^\s*location\s+((?:=|\^~|~\*?)\s+)?(\S+)\s*\{(.*?)\}", re.MULTILINE | re.DOTALL)
UPSTREAM = re.compile(r"^\s*proxy_pass\s+http://(pulp-api|pulp-content)\s*;", re.MULTILINE)
OWN = {"/", "/pulp/content/", "/pulp/api/v3/", "/auth/login/"}


def snippets() -> Iterator[tuple[str, str]]:
    """Every plugin announces its Django application as an entry point, which names its package."""
    for point in sorted(entry_points(group="pulpcore.plugin"), key=lambda point: point.name):
        package = point.value.split(":")[0].split(".")[0]
        spec = importlib.util.find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            path = Path(folder, "app", "webserver_snippets", "nginx.conf")
            if path.is_file():
                yield package, path.read_text(encoding="utf-8")


def routes() -> Iterator[tuple[str, str, str, str]]:
    seen = set(OWN)
    for package, text in snippets():
        found = LOCATION.findall(text)
        if not found:
            sys.exit(f"{package}: its web server snippet has no location; routes to it cannot be made")
        for modifier, path, body in found:
            upstream = UPSTREAM.search(body)
            if not upstream:
                sys.exit(f"{package}: location {path} of its web server snippet has no known upstream")
            if path not in seen:
                seen.add(path)
                yield package, modifier.strip(), path, upstream[1]


def render(package: str, modifier: str, path: str, upstream: str) -> str:
    server = upstream.removeprefix("pulp-")
    words = " ".join(word for word in (modifier, path) if word)
    return f"# {package}\nlocation {words} {{\n    include /etc/pulp-quadlet/current/config/web/to-{server}.conf;\n}}\n"


def main(folder: str) -> None:
    text = "".join(render(*route) for route in routes())
    path = Path(folder, "plugins.conf")
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    print(f"{text.count('location ')} routes to plugins")


if __name__ == "__main__":
    main(*sys.argv[1:])
