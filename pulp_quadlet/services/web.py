"""nginx in front: the only part that other machines reach, on sockets which systemd holds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pulp_quadlet.model.deployment import Directory, Secret, Socket, TextFile
from pulp_quadlet.model.service import Health, Mount, Peer, SecretUse, Service
from pulp_quadlet.plugins import host_of
from pulp_quadlet.resources import fill, read_text
from pulp_quadlet.services import routes
from pulp_quadlet.services.context import API_PORT, CONTENT_PORT, WEB, Context, Part

if TYPE_CHECKING:
    from pulp_quadlet.config.tables import Role

_RELOAD = "web/reload.sh"
_UNKNOWN_MARK = "0" * 16  # stands in the text while the text is hashed
_FIRST_SOCKET = 3  # SD_LISTEN_FDS_START of sd_listen_fds(3)


def part(context: Context) -> Part:
    """One container, its sockets, its certificate and its configuration."""
    if not context.has("web"):
        return Part()
    secrets = _certificate(context)
    secure = _listen(context, context.site.https_port)
    listen = (*_listen(context, context.site.http_port), *secure)
    configs = _configs(context)
    temp = Directory(path=f"{context.state}/web-temp", owner=WEB, mode=0o700)
    service = Service(
        name=context.name("web"),
        role="web",
        description="nginx web server of Pulp",
        image=context.images["web"],
        command=("nginx", "-e", "stderr", "-c", context.config("web/nginx.conf")),
        owner=WEB,
        environment=(("NGINX", "".join(f"{_FIRST_SOCKET + index};" for index in range(len(listen)))),),
        mounts=(
            context.generations,
            Mount(source=context.front, target="/run/pulp", holds="front"),
            Mount(source=routes.path(context), target="/etc/nginx/routes", holds="routes"),
            # on disk: request bodies wait there, and may be larger than memory
            Mount(source=temp.path, target="/var/cache/nginx", writable=True, holds="web_temp"),
        ),
        secrets=tuple(SecretUse(secret=secret.name, target=target) for target, secret in secrets),
        sockets=(context.name("web"),),
        peers=_peers(context),
        health=Health(command=("curl", "-sSf", "--unix-socket", "/tmp/health.sock", "http://localhost/")),  # noqa: S108  # in memory
        wants=(context.name("routes"),),
        follows=(context.name("routes"),),
        stop_signal="SIGQUIT",  # nginx(8): a graceful shutdown
        stop_timeout=60,
        origins=(("", ("web",)),),
        configs=tuple(file.path for file in configs if file.path != _RELOAD),
        reload=("sh", context.config(_RELOAD)),
    )
    socket = Socket(
        name=context.name("web"),
        description="Web server sockets of Pulp",
        listen=listen,
        service=service.name,
        secure=secure,
        origin=("web",),
    )
    return Part(
        services=(service,),
        sockets=(socket,),
        directories=(temp,),
        secrets=tuple(secret for _, secret in secrets),
        configs=configs,
    )


def _listen(context: Context, port: int | None) -> tuple[str, ...]:
    addresses = context.site.web.addresses if port else ()
    return tuple(f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address in addresses)


def _certificate(context: Context) -> tuple[tuple[str, Secret], ...]:
    """Certificate and key by the names that nginx.conf reads; a self-signed one is both in one secret."""
    if context.site.https_port is None:
        return ()
    tls = context.site.web.tls
    if tls == "self-signed":
        own = context.secret(
            "web-certificate", None, ("web",), kind="self-signed-certificate", subject=host_of(context.site)
        )
        return (("web-certificate", own), ("web-key", own))
    return (
        ("web-certificate", context.secret("web-certificate", tls.certificate, ("web", "tls", "certificate"))),
        ("web-key", context.secret("web-key", tls.key, ("web", "tls", "key"))),
    )


def _upstream(context: Context, role: Role, port: int) -> tuple[str, ...]:
    local = (f"unix:/run/pulp/{role}.sock",) if context.has(role) else ()
    addresses = (host.address for host in context.others(role))
    return (*local, *(f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address in addresses))


def _peers(context: Context) -> tuple[Peer, ...]:
    """The API and the content server of other hosts; those of this one are reached over sockets."""
    ports: tuple[tuple[Role, int], ...] = (("api", API_PORT), ("content", CONTENT_PORT))
    return tuple(Peer(port=port, what=role, origin=("hosts",)) for role, port in ports if context.others(role))


def _configs(context: Context) -> tuple[TextFile, ...]:
    site = context.site
    # Where something else speaks TLS in front of this host, links must still say https.
    scheme = "$scheme" if site.https_port else site.scheme
    main = fill(
        "config/web/nginx.conf.j2",
        timeout=site.api.timeout,
        mark=_UNKNOWN_MARK,
        api=_upstream(context, "api", API_PORT),
        content=_upstream(context, "content", CONTENT_PORT),
        http=[_only_own_family(listen) for listen in _listen(context, site.http_port)],
        https=[_only_own_family(listen) for listen in _listen(context, site.https_port)],
    )
    proxied = tuple(
        TextFile(path=f"web/to-{name}.conf", text=fill("config/web/to.conf.j2", upstream=f"pulp-{name}", scheme=scheme))
        for name in ("api", "content")
    )
    # what nginx answers on its health socket, so that a reload can wait until this very file is in use
    mark = hashlib.sha256(main.encode()).hexdigest()[:16]
    return (
        TextFile(path="web/nginx.conf", text=main.replace(_UNKNOWN_MARK, mark)),
        *proxied,
        TextFile(path=_RELOAD, text=read_text("config/web/reload.sh")),
    )


def _only_own_family(listen: str) -> str:
    """IPv4 and IPv6 have a socket each; nginx must say so in the same words as the socket unit."""
    return f"{listen} ipv6only=on" if listen.startswith("[") else listen
