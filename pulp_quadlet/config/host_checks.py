"""Problems of a site that several hosts share."""

from __future__ import annotations

from collections.abc import Iterator

from pulp_quadlet.config.finding import Finding
from pulp_quadlet.config.tables import Role, Site
from pulp_quadlet.storage.filesystem import Filesystem

_NEEDED: tuple[Role, ...] = ("api", "content", "worker", "web")


def check_hosts(site: Site) -> Iterator[Finding]:
    """Each role has the hosts that it needs, and no more than it can have."""
    if not site.hosts:
        return
    yield from _check_database_role(site)
    missing = [role for role in _NEEDED if not any(role in host.roles for host in site.hosts.values())]
    if missing:
        names = " and ".join(f"`{role}`" for role in missing)
        yield Finding(
            ("hosts",),
            "role-missing",
            f"no host has the role{'s' if len(missing) > 1 else ''} {names}",
            ("add it to the `roles` of a host",),
            at="key",
        )
    addresses: dict[str, str] = {}
    for name, host in site.hosts.items():
        if host.address in addresses:
            yield Finding(
                ("hosts", name, "address"),
                "address-twice",
                f"address `{host.address}` is already that of host `{addresses[host.address]}`",
            )
        addresses.setdefault(host.address, name)


def _check_database_role(site: Site) -> Iterator[Finding]:
    claims = [name for name, host in site.hosts.items() if "database" in host.roles]
    named = [name for name in claims if "roles" in site.hosts[name].model_fields_set]
    if site.database.host is not None:
        for name in named:
            yield Finding(
                ("hosts", name, "roles"),
                "role-taken",
                "the database runs elsewhere, as `host` in `[database]` says",
                ('remove "database" from the roles of this host',),
            )
        return
    if not claims:
        yield Finding(
            ("hosts",),
            "role-missing",
            "no host has the role `database`",
            ("add it to the `roles` of a host, or give `host` in `[database]`",),
            at="key",
        )
    for name in claims[1:]:
        yield Finding(
            ("hosts", name, "roles") if name in named else ("hosts", name),
            "role-taken",
            f"the database already runs on host `{claims[0]}`",
            ('give this host its `roles`, without "database"',),
            at="value" if name in named else "key",
        )


def check_shared(site: Site) -> Iterator[Finding]:
    """Several hosts see the same artifacts and know the same secrets."""
    if len(site.hosts) < 2:
        return
    if isinstance(site.storage, Filesystem) and not site.storage.shared:
        yield Finding(
            ("storage",) if "storage" in site.model_fields_set else ("hosts",),
            "storage-not-shared",
            "several hosts need storage that they share",
            ("use an object store, or a network file system: give its `path` and `shared = true` in `[storage]`",),
            at="key",
        )
    if site.cache.mode == "embedded":
        yield Finding(
            ("cache",) if "cache" in site.model_fields_set else ("hosts",),
            "cache-not-shared",
            "several hosts need a cache that they share",
            ('give `mode = "external"` and `host` in `[cache]`, or `mode = "off"`',),
            at="key",
        )
    tokens = ("token_private_key",) if "pulp-container" in site.plugins else ()
    for name in ("secret_key", "fields_key", "admin_password", *tokens):
        key = getattr(site.secrets, name)
        if key is None:
            yield Finding(
                ("secrets",) if "secrets" in site.model_fields_set else ("hosts",),
                "missing-secret",
                f"several hosts need the same `{name}` in `[secrets]`",
                (f'copy one to each host and write `{name} = {{ file = "/path" }}`',),
                at="key",
            )
    if site.database.host is None and site.database.password is None:
        yield Finding(
            ("database",) if "database" in site.model_fields_set else ("hosts",),
            "missing-secret",
            "several hosts need the same `password` in `[database]`",
            ('copy one to each host and write `password = { file = "/path" }`',),
            at="key",
        )
