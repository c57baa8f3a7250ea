"""A repository elsewhere that takes its time: `slow_remote.py ADDRESS PORT FILES SECONDS`, seconds for each file.

Its listing names other files each time it is asked for. Run by itself, with the standard library alone.
"""

import hashlib
import http.server
import os
import sys
import time
from functools import partial


class Handler(http.server.BaseHTTPRequestHandler):
    """The content of each file is its own path."""

    def __init__(self, *given: object, files: int, seconds: float) -> None:
        self._files = files
        self._seconds = seconds
        super().__init__(*given)  # type: ignore[arg-type]  # what a server gives to each handler

    def do_GET(self) -> None:
        if self.path == "/PULP_MANIFEST":
            names = (f"{os.urandom(8).hex()}/{number}" for number in range(self._files))
            body = "".join(f"{name},{_digest(name)},{len(name)}\n" for name in names)
        else:
            time.sleep(self._seconds)
            body = self.path.removeprefix("/")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    _, address, port, files, seconds = sys.argv
    handler = partial(Handler, files=int(files), seconds=float(seconds))
    http.server.ThreadingHTTPServer((address, int(port)), handler).serve_forever()
