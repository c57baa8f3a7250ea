"""Ask a site at a fixed rate until a file is gone, and upload meanwhile: `load.py PLAN FILE`, where the plan is JSON.

Requests begin when they are due, whether or not older ones were answered: a stall is not hidden by asking less. Each
answer is compared with what it must be. Run by itself, with the standard library alone; prints what came back as JSON.

A connection that is kept alive may be closed by the server just when the next request is sent over it, which no server
can prevent (RFC 9112, 9.3.1). Clients then ask once more over a new one, and so does this; that is counted.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds that a client waits for an answer
CLIENTS = 200  # at most at the same time
UPLOAD = 3 * 1024 * 1024  # bytes
PIECE = 64 * 1024  # bytes; an upload takes some seconds, so that it is on its way whatever happens meanwhile
PAUSE = 0.06  # seconds between two of these
CHUNK = 1024 * 1024  # bytes of an upload in parts
SETTLES_IN = 180.0  # seconds until the task that puts the parts together must be done
BOUNDARY = "pulp-quadlet-boundary"


class WrongAnswerError(Exception):
    """Not what was asked for."""


class Stream:
    """Requests of one kind. `expected` is the SHA-256 of the answer; empty where any page will do."""

    def __init__(self, address: urllib.parse.SplitResult, what: dict[str, Any]) -> None:
        self.name = str(what["name"])
        self.rate = float(what["rate"])
        self.failures: list[str] = []
        self.answers = 0
        self.reopened = 0
        self.worst = 0.0
        self._address = address
        self._path = str(what["path"])
        self._expected = str(what.get("sha256", ""))
        self._kept: list[http.client.HTTPConnection] | None = [] if what["kept"] else None
        self._lock = threading.Lock()

    def ask(self, due: float) -> None:
        """One request, which was due at that time of the monotonic clock."""
        try:
            self._ask()
        except (OSError, http.client.HTTPException, WrongAnswerError) as error:
            with self._lock:
                self.failures.append(f"{type(error).__name__}: {error} after {time.monotonic() - due:.1f} s")
        else:
            with self._lock:
                self.answers += 1
                self.worst = max(self.worst, time.monotonic() - due)

    def _ask(self) -> None:
        with self._lock:
            used = self._kept.pop() if self._kept else None
        if used is not None:
            try:
                self._over(used)
            except (ConnectionError, http.client.RemoteDisconnected):
                with self._lock:
                    self.reopened += 1
            else:
                return
        self._over(http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=PATIENCE))

    def _over(self, connection: http.client.HTTPConnection) -> None:
        closing = True
        try:
            connection.request("GET", self._path)
            answer = connection.getresponse()
            digest = hashlib.sha256()
            while block := answer.read(1024 * 1024):
                digest.update(block)
            if answer.status != http.HTTPStatus.OK:
                raise WrongAnswerError(f"status {answer.status}")
            if self._expected and digest.hexdigest() != self._expected:
                raise WrongAnswerError("it is not the file")
            if self._kept is not None and not answer.will_close:
                with self._lock:
                    self._kept.append(connection)
                closing = False
        finally:
            if closing:
                connection.close()

    def told(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "failures": self.failures,
            "reopened": self.reopened,
            "worst": round(self.worst, 3),
        }


class Uploads:
    """One upload after the other as admin: in one request, and every third one in parts."""

    def __init__(self, address: urllib.parse.SplitResult, password: str) -> None:
        login = base64.b64encode(f"admin:{password}".encode()).decode()
        self.failures: list[str] = []
        self.done: list[dict[str, str]] = []
        self.worst = 0.0
        self._address = address
        self._headers = {"Authorization": f"Basic {login}"}

    def until(self, over: Path) -> None:
        number = 0
        while over.exists():
            content = os.urandom(UPLOAD)
            try:
                href = self._in_parts(content) if number % 3 == 1 else self._whole(content)
            except (OSError, http.client.HTTPException, WrongAnswerError, ValueError, KeyError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            else:
                self.done.append({"href": href, "sha256": hashlib.sha256(content).hexdigest()})
            number += 1

    def told(self) -> dict[str, Any]:
        return {"failures": self.failures, "done": self.done, "worst": round(self.worst, 3)}

    def _whole(self, content: bytes) -> str:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'.encode()
        body = head + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        form = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return str(self._send("POST", "/pulp/api/v3/artifacts/", body, form)["pulp_href"])

    def _in_parts(self, content: bytes) -> str:
        plain = {"Content-Type": "application/json"}
        size = json.dumps({"size": len(content)}).encode()
        upload = str(self._send("POST", "/pulp/api/v3/uploads/", size, plain)["pulp_href"])
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            body = b"".join(
                (
                    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'.encode(),
                    part,
                    f"\r\n--{BOUNDARY}--\r\n".encode(),
                )
            )
            place = {
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(content)}",
            }
            self._send("PUT", upload, body, place)
        checksum = json.dumps({"sha256": hashlib.sha256(content).hexdigest()}).encode()
        task = str(self._send("POST", f"{upload}commit/", checksum, plain)["task"])
        return self._result(task)

    def _result(self, task: str) -> str:
        end = time.monotonic() + SETTLES_IN
        while time.monotonic() < end:
            found = self._send("GET", task, b"", {})
            if found["state"] == "completed":
                return str(found["created_resources"][0])
            if found["state"] not in {"waiting", "running"}:
                raise WrongAnswerError(f"the task is {found['state']}: {found['error']}")
            time.sleep(2)
        raise WrongAnswerError("the task did not end")

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=PATIENCE)
        try:
            connection.putrequest(method, path)
            for name, value in {**self._headers, **headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            connection.endheaders()
            for start in range(0, len(body), PIECE):
                connection.send(body[start : start + PIECE])
                if len(body) > PIECE:
                    time.sleep(PAUSE)
            sent = time.monotonic()
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        self.worst = max(self.worst, time.monotonic() - sent)
        if not 200 <= answer.status < 300:
            raise WrongAnswerError(f"{method} {path}: status {answer.status} {text[:200].decode(errors='replace')}")
        found: dict[str, Any] = json.loads(text)
        return found


def dues(streams: list[Stream], began: float) -> Iterator[tuple[float, Stream]]:
    """When each request is due, in order. They are spread, so that not all come at the same moment."""
    following = {stream: began + number / len(streams) / stream.rate for number, stream in enumerate(streams)}
    while True:
        stream = min(following, key=lambda each: following[each])
        yield following[stream], stream
        following[stream] += 1 / stream.rate


def main(plan: str, file: str) -> None:
    told, running = json.loads(plan), Path(file)
    address = urllib.parse.urlsplit(told["url"])
    streams = [Stream(address, what) for what in told["streams"]]
    uploads = Uploads(address, told["password"])
    uploader = threading.Thread(target=uploads.until, args=(running,))
    if told["password"]:
        uploader.start()
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for due, stream in dues(streams, began):
            time.sleep(max(0.0, due - time.monotonic()))
            if not running.exists():
                break
            clients.submit(stream.ask, due)
    if told["password"]:
        uploader.join()
    found = {"seconds": round(time.monotonic() - began, 1), "streams": {each.name: each.told() for each in streams}}
    json.dump({**found, "uploads": uploads.told()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
