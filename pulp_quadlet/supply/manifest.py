"""The manifest of an archive: its text, and what is held against it before anything is believed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

from pulp_quadlet.model.archive import BILLS, FORMAT, IMAGES, SITE_FILE, WHEELS, Manifest
from pulp_quadlet.model.codec import from_data, to_data

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LOCK = re.compile(r"pylock\.[A-Za-z0-9_-]+\.toml")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!-]*")
_BUILT = re.compile(r"wheels/built/[0-9a-f]{40,64}/([^/]+\.whl)")
_LARGEST_TEXT = 16 * 1024 * 1024
# What the sizes of an archive may be: larger ones are no archive of ours, and could fill a disk.
_LARGEST = 1 << 42
_OPEN = "0" * 64


class NoManifestError(Exception):
    """Why a text is no manifest of ours, as a clause."""


def manifest_bytes(manifest: Manifest, room: int = 0) -> bytes:
    """Its text on lines, sealed, and with blanks behind it that fill the room."""
    text = json.dumps(to_data(replace(manifest, seal=_OPEN)), indent=1).encode()
    whole = text.ljust(room - 1) + b"\n"
    return whole.replace(_sealed(_OPEN), _sealed(hashlib.sha256(whole).hexdigest()))


def read_manifest(data: bytes) -> Manifest:
    """The manifest in a text. Raises NoManifestError when it is none, or names what no archive of ours has."""
    try:
        said = json.loads(data)
        if not isinstance(said, dict) or not isinstance(said.get("format"), int):
            raise NoManifestError("its manifest is none of pulp-quadlet")
        if said["format"] != FORMAT:
            raise NoManifestError(f"its format is {said['format']}, and this pulp-quadlet reads format {FORMAT}")
        manifest = from_data(Manifest, said)
        if hashlib.sha256(data.replace(_sealed(manifest.seal), _sealed(_OPEN))).hexdigest() != manifest.seal:
            raise NoManifestError("its manifest was changed")
    except (ValueError, RecursionError) as error:
        raise NoManifestError(f"its manifest cannot be read: {error}") from None
    _check(manifest)
    return manifest


def _sealed(digest: str) -> bytes:
    return f'"seal": "{digest}"'.encode()


def _check(manifest: Manifest) -> None:
    paths = [each.path for each in manifest.files]
    if len(set(paths)) != len(paths):
        raise NoManifestError("its manifest names a file twice")
    if manifest.lock and not (_LOCK.fullmatch(manifest.lock) and manifest.lock in paths):
        raise NoManifestError(f"its manifest names a lock that cannot be one: {manifest.lock!r}")
    for each in manifest.files:
        if not _is_ours(each.path, manifest.lock):
            raise NoManifestError(f"its manifest names a file that no archive has: {each.path!r}")
        largest = _LARGEST if each.path == IMAGES or each.path.startswith(WHEELS) else _LARGEST_TEXT
        if not 0 <= each.size <= largest or not _SHA256.fullmatch(each.sha256):
            raise NoManifestError(f"its manifest has no size or no checksum of {each.path}")
    if paths[-1:] != [IMAGES] or SITE_FILE not in paths or not manifest.images:
        raise NoManifestError("its manifest names no images, or no site file")
    if not all(_SHA256.fullmatch(image.id) for image in manifest.images):
        raise NoManifestError("its manifest has an image without an id")


def _is_ours(path: str, lock: str) -> bool:
    """Names are those that an export makes: no folder of another place can be reached by one."""
    if path in {SITE_FILE, IMAGES} or (lock and path == lock):
        return True
    if path.startswith(BILLS):
        return bool(_NAME.fullmatch(path.removeprefix(BILLS)))
    built = _BUILT.fullmatch(path)
    name = built[1] if built else path.removeprefix(WHEELS)
    return path.startswith(WHEELS) and name.endswith(".whl") and bool(_NAME.fullmatch(name))
