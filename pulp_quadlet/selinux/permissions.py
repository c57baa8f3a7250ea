"""Sets of permissions by what they are for."""

from __future__ import annotations

READ_DIR = ("getattr", "ioctl", "lock", "open", "read", "search")
READ_FILE = ("getattr", "ioctl", "lock", "open", "read")
READ_LINK = ("getattr", "read")
CHANGE_DIR = (
    *READ_DIR,
    *("add_name", "create", "link", "remove_name", "rename", "reparent", "rmdir", "setattr", "unlink", "write"),
)
CHANGE_FILE = (*READ_FILE, "append", "create", "link", "rename", "setattr", "unlink", "write")
CHANGE_OTHER = (*CHANGE_FILE,)
"""Links, pipes and sockets in folders that are written."""
CHANGE_LINK = ("create", "getattr", "read", "rename", "setattr", "unlink")
RUN_FILE = ("execute", "execute_no_trans", "map")

_USE_SOCKET = ("append", "getattr", "getopt", "ioctl", "lock", "read", "setopt", "shutdown", "write")
OPEN_SOCKET = (*_USE_SOCKET, "accept", "bind", "connect", "create", "listen", "setattr")
RESOLVE = (*_USE_SOCKET, "bind", "connect", "create", "setattr")
HEAR = (*_USE_SOCKET, "accept", "listen")
"""What a server does with a socket that it was handed. gunicorn calls listen() on it once more."""
