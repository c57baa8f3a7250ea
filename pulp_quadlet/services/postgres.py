"""PostgreSQL in a container: the single source of truth of the site."""

from __future__ import annotations

from pulp_quadlet.model.deployment import Directory, Secret
from pulp_quadlet.model.service import Health, Mount, Peer, PublishedPort, SecretUse, Service
from pulp_quadlet.services.context import POSTGRES, Context, Part

PORT = 5432
_DATA = "/var/lib/postgresql/data"


def password(context: Context) -> Secret:
    """The password of the database's owner, wherever the database is."""
    return context.secret(
        "postgres-password", context.site.database.password, ("database", "password"), kind="password"
    )


def address(context: Context) -> tuple[str, int]:
    """Host and port at which this host's services reach the database."""
    database = context.site.database
    if database.host is not None:
        return database.host, database.port
    if context.has("database"):
        return context.name("postgres"), PORT
    return context.others("database")[0].address, database.port


def part(context: Context) -> Part:
    """One container with its data folder, on the host that has the role `database`."""
    if not context.has("database"):
        return Part()
    database = context.site.database
    path = database.path or f"{context.state}/postgres"
    origin = ("database", "path") if database.path else ("database",)
    own = password(context)
    service = Service(
        name=context.name("postgres"),
        role="database",
        description="PostgreSQL database",
        image=context.images["postgres"],
        command=("postgres", "-c", f"max_connections={_connections(context)}", *_no_code_at_run_time(context)),
        owner=POSTGRES,
        environment=(
            ("POSTGRES_USER", database.user),
            ("POSTGRES_DB", database.name),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres-password"),
            ("PGDATA", f"{_DATA}/pgdata"),
        ),
        mounts=(Mount(source=path, target=_DATA, writable=True, data=True, holds="database", origin=origin),),
        secrets=(SecretUse(secret=own.name, target="postgres-password"),),
        scratch=("/run/postgresql",),
        published=_published(context),
        listens=(PORT,),
        # its health check is a client of its own
        peers=(Peer(port=PORT, what="itself", origin=("database",)),),
        # over TCP: while a new database is set up, PostgreSQL answers on its own socket only
        health=Health(command=("pg_isready", "-q", "-h", "127.0.0.1", "-U", database.user, "-d", database.name)),
        stop_signal="SIGINT",  # "fast shutdown" of postgres(1); SIGTERM would wait for every client
        stop_timeout=120,
        shared_memory="256m",
        origins=(("", ("database",)),),
    )
    return Part(
        services=(service,),
        directories=(Directory(path=path, owner=POSTGRES, mode=0o700, origin=origin),),
        secrets=(own,),
    )


def _no_code_at_run_time(context: Context) -> tuple[str, ...]:
    """SELinux lets no process run what it has written itself, which PostgreSQL's compiler of queries would do."""
    return ("-c", "jit=off") if context.confined else ()


def _connections(context: Context) -> int:
    """Room for every process of every host: each keeps one or two connections, content up to its threads."""
    site = context.site
    hosts = max(1, len(site.hosts))
    processes = site.api.replicas * site.api.processes + 4 * site.content.replicas * site.content.processes
    return max(100, 20 + hosts * (2 * processes + 4 * site.workers.count))


def _published(context: Context) -> tuple[PublishedPort, ...]:
    if not context.here or not any(context.others(role) for role in ("api", "content", "worker")):
        return ()
    origin = ("hosts", context.target.host or "", "address")
    return (
        PublishedPort(address=_bracketed(context.here.address, context.site.database.port), port=PORT, origin=origin),
    )


def _bracketed(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
