"""dbus-next, imported in one place and in a way that works with every Python."""

from __future__ import annotations

import sys
import typing
import warnings
from types import ModuleType
from typing import cast

# dbus-next 0.2.3 imports a decorator that Python 3.15 no longer has. It decorates services, and we have none of its.
if not hasattr(typing, "no_type_check_decorator"):
    vars(typing)["no_type_check_decorator"] = lambda decorator: decorator

# The library has a second face for GLib, and loads all of GLib where it is installed: megabytes that nobody uses.
_without_glib = "gi" not in sys.modules
if _without_glib:
    sys.modules["gi"] = cast("ModuleType", None)
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from dbus_next._private.unmarshaller import Unmarshaller
        from dbus_next.aio.message_bus import MessageBus
        from dbus_next.constants import BusType, MessageFlag, MessageType, NameFlag, RequestNameReply
        from dbus_next.errors import AuthError
        from dbus_next.message import Message
        from dbus_next.signature import SignatureTree, SignatureType, Variant
        from dbus_next.validators import is_object_path_valid
finally:
    if _without_glib:
        del sys.modules["gi"]

__all__ = [
    "AuthError",
    "BusType",
    "Message",
    "MessageBus",
    "MessageFlag",
    "MessageType",
    "NameFlag",
    "RequestNameReply",
    "SignatureTree",
    "SignatureType",
    "Unmarshaller",
    "Variant",
    "is_object_path_valid",
]
