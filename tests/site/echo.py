"""Answer every request on a socket with 200 and write its head to a file: `echo.py SOCKET FILE`.

This file is run by itself, in a machine, and imports nothing of the project.
"""

import socket
import sys
from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def main(path: str, file: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening, Path(file).open("ab", buffering=0) as heard:
        listening.bind(path)
        Path(path).chmod(0o666)
        listening.listen()
        while True:
            connection, _ = listening.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (more := connection.recv(65536)):
                    head += more
                heard.write(head)
                connection.sendall(ANSWER)


if __name__ == "__main__":
    main(*sys.argv[1:])
