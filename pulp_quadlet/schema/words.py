"""The kinds of words a site file is made of: names, paths, URLs, image references, sizes.

Each kind refuses what could not be written safely into a unit file, a container option or a URL, and says in plain
words what it expects. Nothing here looks at the machine: a path need not exist while the file is read.
"""

from __future__ import annotations

import ipaddress
import posixpath
import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$"
_HOST_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"^{_HOST_LABEL}(\.{_HOST_LABEL})*$"
_IMAGE = (
    r"^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9.-]+:[0-9]{1,5})(/[a-z0-9]+([._-]+[a-z0-9]+)*)+"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$"
)
_MEMORY = r"^[1-9][0-9]*[KMGT]$"
_POSTGRES_NAME = r"^[a-z_][a-z0-9_]{0,62}$"
_SECRET_NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$"  # noqa: S105  # a pattern of names
_SETTING = r"^[A-Z][A-Z0-9_]*$"
_BUCKET = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,220}[A-Za-z0-9])$"
_REVISION = r"^[A-Za-z0-9]([A-Za-z0-9._/+-]{0,200}[A-Za-z0-9])?$"
_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def refuse(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """An error that already speaks plainly; `hint` becomes the help line."""
    # pydantic formats the message with the context, so braces in it must not be taken for fields
    return PydanticCustomError(
        code,
        message.replace("{", "{{").replace("}", "}}"),
        {"help": hint, "message": message},
    )


def has_control_characters(text: str) -> bool:
    """Whether the text holds line ends, NUL or other characters that no unit file can carry."""
    return any(ord(char) < 0x20 or 0x7F <= ord(char) <= 0x9F or char in "\u2028\u2029" for char in text)


def _matching(pattern: str, code: str, expected: str, hint: str = "") -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise refuse(code, f"expected {expected}", hint)
        return text

    return check


def _check_line(text: str) -> str:
    if not text or has_control_characters(text):
        raise refuse("invalid-text", "expected one line of text without control characters")
    return text


def _check_path(text: str) -> str:
    _check_line(text)
    if not text.startswith("/") or text.startswith("//"):
        raise refuse("invalid-path", "expected an absolute path", "a path begins with one `/`")
    if posixpath.normpath(text) != text:
        raise refuse("invalid-path", "expected a normal path", f"write `{posixpath.normpath(text)}`")
    if ":" in text:
        raise refuse(
            "invalid-path", "a path that is mounted cannot hold `:`", "Podman separates the parts of a mount by it"
        )
    if text == "/":
        raise refuse("invalid-path", "the root folder cannot be used here")
    return text


def _check_url(text: str) -> str:
    _check_line(text)
    try:
        parts = urlsplit(text)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise refuse("invalid-url", "expected a URL like `https://pulp.example.org`") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_ok:
        raise refuse("invalid-url", "expected a URL like `https://pulp.example.org`")
    if "@" in parts.netloc:
        raise refuse("plain-secret", "a URL in the site file cannot hold a user or password")
    if not is_host(parts.hostname):
        raise refuse("invalid-url", f"`{parts.hostname}` is not a host name")
    return text


def _check_origin(text: str) -> str:
    _check_url(text)
    parts = urlsplit(text)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise refuse("invalid-url", "expected scheme, host and port alone", f"write `{parts.scheme}://{parts.netloc}`")
    return text.rstrip("/")


def is_host(text: str) -> bool:
    """Whether the text is an IP address or a DNS host name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return re.fullmatch(_HOST, text) is not None
    return True


def _check_host(text: str) -> str:
    if not is_host(text):
        raise refuse("invalid-host", "expected a host name or an IP address")
    return text


def _check_address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise refuse("invalid-address", "expected an IP address, such as `0.0.0.0` or `::`") from None
    return text


def _check_versions(text: str) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if text in {"", "*"}:
        return ""
    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        raise refuse("invalid-version", "expected a version range such as `>=3.30,<4`, or `*`") from None


def _check_plugin(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", text):
        raise refuse("invalid-plugin", "expected the name of a Python package, such as `pulp-rpm`")
    return text


def _check_git(text: str) -> str:
    _check_url(text)
    if set(text) & set("#@ "):
        raise refuse("invalid-url", "expected the URL of a git repository", "a branch, tag or commit belongs in `rev`")
    return text


def _check_pip_option(text: str) -> str:
    _check_line(text)
    if not text.startswith("-"):
        raise refuse(
            "invalid-option", "expected an option of pip, such as `--pre`", "requirements belong in `[plugins]`"
        )
    if "@" in text and "://" in text:
        raise refuse("plain-secret", "an option in the site file cannot hold a user or password")
    return text


def memory_bytes(text: str) -> int:
    """`2G` as a number of bytes."""
    return int(text[:-1]) * _UNITS[text[-1]]


Name = Annotated[
    str,
    AfterValidator(
        _matching(_NAME, "invalid-name", "1 to 30 small letters, digits and dashes, beginning with a letter")
    ),
    WithJsonSchema({"type": "string", "pattern": _NAME}),
]
Line = Annotated[str, AfterValidator(_check_line), WithJsonSchema({"type": "string", "minLength": 1})]
AbsolutePath = Annotated[str, AfterValidator(_check_path), WithJsonSchema({"type": "string", "pattern": "^/[^/:]"})]
Url = Annotated[str, AfterValidator(_check_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})]
Origin = Annotated[
    str, AfterValidator(_check_origin), WithJsonSchema({"type": "string", "pattern": "^https?://[^/]+/?$"})
]
Host = Annotated[str, AfterValidator(_check_host), WithJsonSchema({"type": "string", "minLength": 1})]
Address = Annotated[str, AfterValidator(_check_address), WithJsonSchema({"type": "string", "minLength": 2})]
ImageReference = Annotated[
    str,
    AfterValidator(
        _matching(
            _IMAGE,
            "invalid-image",
            "a full image reference, such as `docker.io/library/debian:trixie-slim`",
            "name the registry too, so that no search list decides where an image comes from",
        )
    ),
    WithJsonSchema({"type": "string", "pattern": _IMAGE}),
]
Memory = Annotated[
    str,
    AfterValidator(_matching(_MEMORY, "invalid-size", "a number with K, M, G or T, such as `2G`")),
    WithJsonSchema({"type": "string", "pattern": _MEMORY}),
]
PostgresName = Annotated[
    str,
    AfterValidator(_matching(_POSTGRES_NAME, "invalid-name", "small letters, digits and `_`, beginning with a letter")),
    WithJsonSchema({"type": "string", "pattern": _POSTGRES_NAME}),
]
SecretName = Annotated[
    str,
    AfterValidator(
        _matching(_SECRET_NAME, "invalid-name", "the name of a Podman secret: letters, digits, `.`, `_`, `-`")
    ),
    WithJsonSchema({"type": "string", "pattern": _SECRET_NAME}),
]
SettingName = Annotated[
    str,
    AfterValidator(_matching(_SETTING, "invalid-setting", "a name of a Pulp setting in capitals, such as `ANALYTICS`")),
    WithJsonSchema({"type": "string", "pattern": _SETTING}),
]
BucketName = Annotated[
    str,
    AfterValidator(_matching(_BUCKET, "invalid-name", "a bucket name: letters, digits, `.`, `_`, `-`")),
    WithJsonSchema({"type": "string", "pattern": _BUCKET}),
]
PluginName = Annotated[str, AfterValidator(_check_plugin)]
Versions = Annotated[str, AfterValidator(_check_versions), WithJsonSchema({"type": "string"})]
GitUrl = Annotated[str, AfterValidator(_check_git), WithJsonSchema({"type": "string", "pattern": "^https?://"})]
Revision = Annotated[
    str,
    AfterValidator(_matching(_REVISION, "invalid-revision", "a branch, tag or commit, such as `main`")),
    WithJsonSchema({"type": "string", "pattern": _REVISION}),
]
PipOption = Annotated[str, AfterValidator(_check_pip_option), WithJsonSchema({"type": "string", "pattern": "^-"})]
