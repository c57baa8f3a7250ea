"""Problems that only show when tables are seen together. Each check is a function over the whole site."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from pulp_quadlet.config.finding import Finding
from pulp_quadlet.config.host_checks import check_hosts, check_shared
from pulp_quadlet.config.image_checks import check_image
from pulp_quadlet.config.tables import Site
from pulp_quadlet.paths import are_nested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWNED_SETTINGS = {
    "SECRET_KEY": "is made up and kept as a Podman secret",
    "DB_ENCRYPTION_KEY": "is made up and kept as a Podman secret",
    "DATABASES": "comes from `[database]`",
    "CACHE_ENABLED": "comes from `[cache]`",
    "REDIS_HOST": "comes from `[cache]`",
    "REDIS_PORT": "comes from `[cache]`",
    "REDIS_URL": "comes from `[cache]`",
    "REDIS_PASSWORD": "comes from `[cache]`",
    "STORAGES": "comes from `[storage]`",
    "MEDIA_ROOT": "comes from `[storage]`",
    "WORKING_DIRECTORY": "comes from `[storage]`",
    "FILE_UPLOAD_TEMP_DIR": "comes from `[storage]`",
    "STATIC_ROOT": "comes from the image",
    "CONTENT_ORIGIN": "comes from `url` in `[site]`",
    "API_APP_TTL": "comes from `timeout` in `[api]`",
    "ENABLED_PLUGINS": "comes from `enabled` of each plugin in `[plugins]`",
}


def check_ports(site: Site) -> Iterator[Finding]:
    """One port serves one purpose on each host."""
    if site.http_port and site.http_port == site.https_port:
        yield Finding(("web", "https"), "port-taken", f"port {site.https_port} is already the port of plain HTTP")
    if not site.hosts:
        return
    web = {port for port in (site.http_port, site.https_port) if port}
    for name, host in site.hosts.items():
        if {"web", "database"} <= set(host.roles) and site.database.port in web:
            yield Finding(
                ("database", "port"),
                "port-taken",
                f"port {site.database.port} is also used by the web server of host `{name}`",
            )


def check_web(site: Site) -> Iterator[Finding]:
    """A certificate needs a port that uses it; addresses are named once."""
    if site.https_port is None and site.web.tls != "self-signed":
        yield Finding(
            ("web", "tls"),
            "unused-certificate",
            "a certificate is given, but nothing listens for HTTPS",
            ("set `https = 443` in `[web]`, or begin `url` in `[site]` with `https://`",),
            at="key",
        )
    seen: set[str] = set()
    for index, address in enumerate(site.web.addresses):
        if address in seen:
            yield Finding(("web", "addresses", index), "address-twice", f"address `{address}` is named twice")
        seen.add(address)


def check_database(site: Site) -> Iterator[Finding]:
    """An external database has a password and no folder here; an embedded one has no TLS settings."""
    database = site.database
    if database.host is None:
        if database.sslmode is not None:
            yield Finding(
                ("database", "sslmode"),
                "unused-key",
                "`sslmode` is for a database elsewhere, but `host` is not given",
                at="key",
            )
        return
    if database.sslmode == "verify-ca" and site.trust.ca == "image":
        yield Finding(
            ("database", "sslmode"),
            "nothing-to-trust",
            '"verify-ca" needs a bundle of certificate authorities, but `ca` in `[trust]` is "image"',
            ('give the path of a bundle there, or say "verify-full"',),
        )
    if database.password is None:
        yield Finding(
            ("database", "host"),
            "missing-secret",
            "a database elsewhere needs `password`",
            ('keep it as a Podman secret and write `password = { secret = "name" }`',),
            at="key",
        )
    if database.path is not None:
        yield Finding(
            ("database", "path"), "unused-key", "`path` is for a database of this site, but `host` is given", at="key"
        )


def check_cache(site: Site) -> Iterator[Finding]:
    """An external cache has a host; the others have none."""
    cache = site.cache
    if cache.mode == "external" and cache.host is None:
        yield Finding(("cache", "mode"), "missing-key", "a cache elsewhere needs `host`")
    if cache.mode != "external":
        for key in ("host", "password"):
            if getattr(cache, key) is not None:
                yield Finding(
                    ("cache", key),
                    "unused-key",
                    f'`{key}` is for a cache elsewhere, but `mode` is "{cache.mode}"',
                    ('set `mode = "external"`, or remove it',),
                    at="key",
                )


def check_paths(site: Site) -> Iterator[Finding]:
    """Database and artifacts do not lie inside each other."""
    first, second = site.storage.path, site.database.path
    if first and second and are_nested(first, second):
        yield Finding(
            ("database", "path"),
            "nested-paths",
            f"`{second}` and the storage's `{first}` lie inside each other",
            ("give each a folder of its own",),
        )


def check_settings(site: Site) -> Iterator[Finding]:
    """Settings that other tables own are set there, and each value has a Python literal."""
    for name, value in site.settings.items():
        if not _is_literal(value):
            yield Finding(
                ("settings", name),
                "invalid-setting",
                "a setting cannot hold a date, a time, an infinity or `nan`",
                ("write it as a string, if Pulp reads one",),
            )
        if name in OWNED_SETTINGS:
            yield Finding(
                ("settings", name),
                "owned-setting",
                f"`{name}` {OWNED_SETTINGS[name]} and cannot be set here",
                ("remove it",),
                at="key",
            )


def check_plugins(site: Site) -> Iterator[Finding]:
    """What all plugins need cannot be off."""
    core = site.plugins.get("pulpcore")
    if core is not None and not core.enabled:
        yield Finding(
            ("plugins", "pulpcore", "enabled"),
            "core-off",
            "`pulpcore` is what loads the plugins, so it cannot be off",
            ("remove `enabled`",),
            at="key",
        )


def check_selinux(site: Site) -> Iterator[Finding]:
    """What is said of services' rights needs services that are confined."""
    table = site.selinux
    if table.permissive and table.mode in {"off", "permissive"}:
        yield Finding(
            ("selinux", "permissive"),
            "unused-key",
            f'`permissive` names single services, but `mode` is "{table.mode}" for all',
            ('set `mode = "auto"`, or remove it',),
            at="key",
        )


def _is_literal(value: object) -> bool:
    """Whether `repr` of a TOML value is Python that gives the value back."""
    if isinstance(value, dict):
        return all(_is_literal(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_literal(item) for item in value)
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, (str, int))


CHECKS: tuple[Callable[[Site], Iterator[Finding]], ...] = (
    check_ports,
    check_web,
    check_image,
    check_database,
    check_cache,
    check_paths,
    check_settings,
    check_plugins,
    check_selinux,
    check_hosts,
    check_shared,
)
