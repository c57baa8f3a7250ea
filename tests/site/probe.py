"""Ask for a page again and again until a file is gone: `probe.py URL FILE`. Prints what came back, as JSON.

Four clients, a new connection for each request. This file is run by itself and imports nothing of the project.
"""

import http.client
import json
import sys
import threading
import time
import urllib.parse
from pathlib import Path

CLIENTS = 4
PAUSE = 0.05  # seconds between two requests of a client: well below what the site can do
PATIENCE = 30.0  # seconds that a client waits for an answer


def ask(address: urllib.parse.SplitResult) -> str:
    """What is wrong with the answer; nothing where all is well."""
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    try:
        connection.request("GET", address.path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return "" if answer.status == http.HTTPStatus.OK else f"status {answer.status}"


def main(url: str, file: str) -> None:
    address = urllib.parse.urlsplit(url)
    outcomes: list[str] = []

    def client() -> None:
        while Path(file).exists():
            outcomes.append(ask(address))
            time.sleep(PAUSE)

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    failures = [outcome for outcome in outcomes if outcome]
    sys.stdout.write(json.dumps({"answers": len(outcomes) - len(failures), "failures": failures}))


if __name__ == "__main__":
    main(*sys.argv[1:])
