"""Serves a folder as a package index (PEP 503), and is as wrong as it is told to be.

    python3 server.py FOLDER PORT

The folder has `simple/NAME/` with files, and beside each file FILE `FILE.json` with what the page says of it. What is
asked for below `/FAULT/` has that fault: `/slow/simple/`, `/500/simple/`, `/rubbish/simple/`, `/json-rubbish/simple/`,
`/wrong-hash/simple/`, `/gone/simple/` (pages but no files), `/broken-wheel/simple/`. Below `/files/` there are plain
files. It needs nothing but Python, so that it runs inside a machine too.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SLOW = 30.0  # seconds; a test waits for less


class Handler(BaseHTTPRequestHandler):
    """One request."""

    folder: Path

    def do_GET(self) -> None:
        fault, path = self._asked()
        if fault == "slow":
            time.sleep(SLOW)
        if fault == "500":
            self._say(500, b"the disk of the index is on fire", "text/plain")
        elif fault == "rubbish":
            self._say(200, b"\x00\xff this is no page", "application/octet-stream")
        elif fault == "json-rubbish":
            self._say(200, b'{"files": [', "application/vnd.pypi.simple.v1+json")
        else:
            self._serve(fault, path)

    def _asked(self) -> tuple[str, str]:
        path = self.path.partition("?")[0].lstrip("/")
        first, _, rest = path.partition("/")
        return ("", path) if first == "simple" else (first, rest)

    def _serve(self, fault: str, path: str) -> None:
        place = self.folder / path
        if not place.resolve().is_relative_to(self.folder.resolve()) or not place.exists():
            self._say(404, b"there is no such thing", "text/plain")
        elif fault == "files":
            self._say(200, place.read_bytes() if place.is_file() else b"", "application/octet-stream")
        elif place.is_dir():
            self._say(200, self._page(fault, place), "text/html")
        elif fault == "gone":
            self._say(404, b"it was there", "text/plain")
        else:
            content = place.read_bytes()
            self._say(200, content[:-30] if fault == "broken-wheel" else content, "application/octet-stream")

    def _page(self, fault: str, folder: Path) -> bytes:
        links = []
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                links.append(f'<a href="{path.name}/">{path.name}</a>')
            elif path.suffix != ".json":
                said = json.loads(path.with_name(f"{path.name}.json").read_text())
                digest = "0" * 64 if fault == "wrong-hash" else said["sha256"]
                hash_ = "" if fault == "broken-wheel" else f"#sha256={digest}"
                python = said["python"].replace(">", "&gt;").replace("<", "&lt;")
                needs = f' data-requires-python="{python}"' if python else ""
                links.append(f'<a href="{path.name}{hash_}"{needs}>{path.name}</a>')
        return ("<!DOCTYPE html><html><body>" + "<br>".join(links) + "</body></html>").encode()

    def _say(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the library's
        """Nobody reads it."""


def main() -> None:
    """Serve until it is killed."""
    Handler.folder = Path(sys.argv[1])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()


if __name__ == "__main__":
    main()
