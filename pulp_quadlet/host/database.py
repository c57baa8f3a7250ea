"""Dump the embedded database before a migration that has no way back, and restore it when that failed.

Everything runs in the PostgreSQL container, over its own socket, which trusts whoever is inside: no password is needed,
and the dump goes through a pipe into a file that root alone can read.

`restore` never touches the database before its successor is complete. It restores into a new database, in one
transaction, and then swaps the two names in another: under the name is the old database or the new one, whole, also
when the power is cut in between. What an interrupted run left behind is dropped by `settle`.

Apply calls `dump` when all processes of Pulp are stopped, before it switches; `restore` when they are stopped again,
after the migration failed; and `settle` while it recovers from an apply that was killed. PostgreSQL runs each time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.outside import outside
from pulp_quadlet.model.service import Service

KEPT = 3
"""Dumps of a site; older ones are removed after a new one."""
_STATE = Path("/var/lib/pulp-quadlet")
_US = "pulp-quadlet"  # our name for PostgreSQL, by which we find what a killed run left running
_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
_TRIES = 3  # to swap; each waits five seconds for others to be gone, as PostgreSQL does


async def dump(site: str, postgres: Service, generation: str, *, state: Path = _STATE) -> Path:
    """Dump the database of `postgres` and read the dump back; return its path, which names the generation.

    Raises HostError, and leaves no file, when there is too little room for the dump and for restoring it, or when
    PostgreSQL fails.
    """
    await settle(postgres)
    folder = _folder(site, state)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = int(await _sql(postgres, f"SELECT pg_database_size({_text(_name(postgres))})"))
    check_room((folder, size, "the dump of the database"), (_data(postgres), size, "restoring it"))
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-generation-{generation}.dump"
    part = path.with_suffix(".part")
    with _told("dump-failed", "the database could not be dumped", "nothing was changed"):
        try:
            with _created(part) as file:
                words = ("pg_dump", _user(postgres), "--format=custom", "--compress=1", f"--dbname={_name(postgres)}")
                await command.pipe(_inside(postgres, *words), target=file)
                await asyncio.to_thread(os.fsync, file.fileno())
            with part.open("rb") as file:
                await command.pipe(_inside(postgres, "pg_restore", "--file=/dev/null"), source=file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _rename(part, path)
    prune(folder, path)
    return path


async def restore(postgres: Service, path: Path) -> None:
    """Put the dump in the place of the database. Pulp must be stopped; whoever else is connected is cut off.

    Raises HostError, and leaves the database as it was, when there is too little room or PostgreSQL fails.
    """
    await settle(postgres)
    name, new, old = _name(postgres), _new(postgres), _old(postgres)
    size = int(await _sql(postgres, f"SELECT pg_database_size({_text(name)})"))
    check_room((_data(postgres), size, "restoring the database"))
    with _told("restore-failed", f"{path} could not be restored", "the database is as it was"):
        try:
            await _fill(postgres, new, path)
            await _swap(postgres, name, new, old)
        finally:
            await settle(postgres)


async def settle(postgres: Service) -> None:
    """End and drop what an interrupted dump or restore left behind, if anything: it would hold locks and room."""
    await _sql(postgres, f"{_TERMINATE} WHERE application_name = {_text(_US)} AND pid <> pg_backend_pid()")
    for leftover in (_new(postgres), _old(postgres)):
        await _sql(postgres, f"DROP DATABASE IF EXISTS {_quoted(leftover)} WITH (FORCE)")


def dumps(site: str, *, state: Path = _STATE) -> tuple[Path, ...]:
    """The complete dumps of a site, the newest first. `...-generation-N.dump` is the database that generation N had."""
    return tuple(sorted(_folder(site, state).glob("*.dump"), reverse=True))


def check_room(*wanted: tuple[Path, int, str]) -> None:
    """Raise HostError when the folders cannot hold so many bytes more, each for its purpose."""
    by_device: dict[int, list[tuple[Path, int, str]]] = {}
    for each in wanted:
        by_device.setdefault(each[0].stat().st_dev, []).append(each)
    for group in by_device.values():
        path, need = group[0][0], sum(size for _, size, _ in group)
        found = os.statvfs(path)
        free = found.f_bavail * found.f_frsize
        if free < need:
            purposes = " and ".join(purpose for _, _, purpose in group)
            raise HostError(
                Problem(
                    code="no-room",
                    message=f"{path} lacks {_megabytes(need - free)} for {purposes}",
                    notes=(
                        f"{_megabytes(need)} are needed, by what the database has now; {_megabytes(free)} are free",
                    ),
                    help=("make room there, or mount a larger file system",),
                )
            )


async def _fill(postgres: Service, new: str, path: Path) -> None:
    """A new database with all that is in the dump."""
    await _sql(postgres, f"CREATE DATABASE {_quoted(new)} OWNER {_quoted(_owner(postgres))} TEMPLATE template0")
    options = ("--exit-on-error", "--single-transaction", f"--dbname={new}")
    with path.open("rb") as file:
        await command.pipe(_inside(postgres, "pg_restore", _user(postgres), *options), source=file)
    await _sql(postgres, "ANALYZE", database=new)


async def _swap(postgres: Service, name: str, new: str, old: str) -> None:
    """Two renames in one transaction."""
    away = f"{_TERMINATE} WHERE datname = {_text(name)}"
    renames = (
        f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(old)}",
        f"ALTER DATABASE {_quoted(new)} RENAME TO {_quoted(name)}",
    )
    for left in reversed(range(_TRIES)):
        await _sql(postgres, away)
        try:
            await _sql(postgres, *renames)
        except HostError:
            if not left:
                raise
        else:
            return


async def _sql(postgres: Service, *statements: str, database: str = "") -> str:
    """The last answer, bare. Several statements are one transaction."""
    words = [word for statement in statements for word in ("--command", statement)]
    together = ("--single-transaction",) if len(statements) > 1 else ()
    options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", *together)
    argv = _inside(postgres, "psql", _user(postgres), f"--dbname={database or _other(postgres)}", *options, *words)
    done = await asyncio.to_thread(command.run, argv)
    if done.status != 0:
        raise HostError(
            Problem(
                code="database-failed",
                message="PostgreSQL did not do what it was asked",
                notes=tuple(done.stderr.splitlines()[-5:]),
                help=(f"systemctl status {postgres.name}.service",),
            )
        )
    return done.stdout.strip()


def _inside(postgres: Service, *words: str) -> tuple[str, ...]:
    return outside(("podman", "exec", "--interactive", f"--env=PGAPPNAME={_US}", postgres.name, *words))


@contextmanager
def _told(code: str, message: str, outcome: str) -> Iterator[None]:
    try:
        yield
    except HostError as error:
        notes = tuple(note for problem in error.problems for note in (problem.message, *problem.notes))
        raise HostError(Problem(code=code, message=message, notes=notes), outcome=outcome) from error
    except OSError as error:
        note = f"{error.filename or 'the disk'}: {error.strerror}"
        raise HostError(Problem(code=code, message=message, notes=(note,)), outcome=outcome) from error


def _created(path: Path) -> IO[bytes]:
    """A new file that root alone can read."""
    for left in path.parent.glob("*.part"):
        left.unlink()
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _rename(part: Path, path: Path) -> None:
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def prune(folder: Path, newest: Path) -> None:
    """Whatever the clock says, the one that was just made stays."""
    others = sorted((path for path in folder.glob("*.dump") if path != newest), reverse=True)
    for path in others[KEPT - 1 :]:
        path.unlink()


def _folder(site: str, state: Path) -> Path:
    return state / site / "dumps"


def _data(postgres: Service) -> Path:
    return next(Path(mount.source) for mount in postgres.mounts if mount.data)


def _name(postgres: Service) -> str:
    return dict(postgres.environment)["POSTGRES_DB"]


def _owner(postgres: Service) -> str:
    return dict(postgres.environment)["POSTGRES_USER"]


def _user(postgres: Service) -> str:
    return f"--username={_owner(postgres)}"


def _new(postgres: Service) -> str:
    return f"{_name(postgres)}-restoring"


def _old(postgres: Service) -> str:
    return f"{_name(postgres)}-before-restore"


def _other(postgres: Service) -> str:
    """A database to be connected to while Pulp's is renamed."""
    return "template1" if _name(postgres) == "postgres" else "postgres"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
