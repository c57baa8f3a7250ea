"""The lock file beside a site file, in the format of pylock.toml (PEP 751).

What the format has no word for stands in its tables for tools, `[tool.pulp-quadlet]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tomli
from tomli import TOMLDecodeError

from pulp_quadlet.errors import lock_unreadable
from pulp_quadlet.locking.strict import wrong_with
from pulp_quadlet.model.lock import Kind, Lock, LockedPackage

_VERSION = "1.0"
_TOOL = "pulp-quadlet"
_TOLD = 5


def read_lock(text: str, path: str) -> Lock:
    """The lock of a text. Raises SiteError when it is none, or one of another format."""
    try:
        table = tomli.loads(text)
        version = str(table["lock-version"])
        if not version.startswith("1."):
            raise lock_unreadable(path, f"it is of version {version}, and this pulp-quadlet reads version {_VERSION}")
        own = table["tool"][_TOOL]
        lock = Lock(
            requirements=tuple(own["requirements"]),
            base=own["base"],
            python=own["python"],
            packages=tuple(_package(each) for each in table["packages"]),
        )
    except (TOMLDecodeError, RecursionError) as error:
        raise lock_unreadable(path, str(error)) from None
    except KeyError as error:
        raise lock_unreadable(path, f"the key {error} is missing") from None
    except (TypeError, AttributeError, IndexError, ValueError) as error:
        raise lock_unreadable(path, f"a value is of another kind than it should be: {error}") from None
    wrong = tuple(wrong_with(lock))
    if wrong:
        raise lock_unreadable(path, *wrong[:_TOLD])
    return lock


def lock_text(lock: Lock) -> str:
    """The text of a lock: the same for the same lock, so that two can be compared line by line."""
    import tomlkit

    table = {
        "lock-version": _VERSION,
        "requires-python": f"=={lock.python}.*",
        "created-by": _TOOL,
        "packages": [dict(_entries(package)) for package in lock.packages],
        "tool": {_TOOL: {"requirements": list(lock.requirements), "base": lock.base, "python": lock.python}},
    }
    return "# Written by pulp-quadlet. To move it: `pulp-quadlet plugin upgrade`.\n" + tomlkit.dumps(table)


def _entries(package: LockedPackage) -> Iterator[tuple[str, Any]]:
    yield "name", package.name
    yield "version", package.version
    match package.kind:
        case "wheel" | "sdist":
            place = {"url": package.url} if package.url else {}
            file = {"name": package.file, **place, "hashes": {"sha256": package.sha256}}
            yield from ([("wheels", [file])] if package.kind == "wheel" else [("sdist", file)])
        case "git":
            yield "vcs", {"type": "git", "url": package.url, "commit-id": package.commit}
        case "folder":
            yield "directory", {"path": package.folder}
    own: dict[str, Any] = {"requires": list(package.requires)}
    if package.kind == "folder":
        own["sha256"] = package.sha256
    yield "tool", {_TOOL: own}


def _package(table: Mapping[str, Any]) -> LockedPackage:
    own = table.get("tool", {}).get(_TOOL, {})
    common: dict[str, Any] = {
        "name": table["name"],
        "version": table["version"],
        "requires": tuple(own.get("requires", ())),
    }
    if "directory" in table:
        return LockedPackage(kind="folder", folder=table["directory"]["path"], sha256=own["sha256"], **common)
    if "vcs" in table:
        return LockedPackage(kind="git", url=table["vcs"]["url"], commit=table["vcs"]["commit-id"], **common)
    kind: Kind = "wheel" if "wheels" in table else "sdist"
    file = table["wheels"][0] if kind == "wheel" else table["sdist"]
    return LockedPackage(
        kind=kind, url=file.get("url", ""), file=file["name"], sha256=file["hashes"]["sha256"], **common
    )
