"""What all processes of Pulp have in common: one image, one settings file, the same secrets and folders."""

from __future__ import annotations

from pulp_quadlet.model.deployment import Directory, Secret, TextFile
from pulp_quadlet.model.service import Mount, SecretUse, SitePath
from pulp_quadlet.plugins import needs_token_keys, settings_of, switched_off
from pulp_quadlet.resources import fill, read_text
from pulp_quadlet.schema.table import SecretReference
from pulp_quadlet.services import cache, postgres
from pulp_quadlet.services.context import PULP, Context, Part

DATA = "/var/lib/pulp"
RUNTIME = "/run/pulp"
SETTINGS = "pulp/settings.py"
STORED = "pulp/stored.py"
CA_BUNDLE = "/etc/pki/pulp-quadlet/ca-bundle.pem"
LOOKED_AT_EVERY = 5
"""Seconds between two looks at a process that starts, which takes about as long. Each look is a Podman and a Python of
its own: with one each second, half of what two processors do while Pulp starts is looking, and with one in two seconds
a third, where they are emulated.
"""
_PROGRAMS = ("health.py", "migrate.py", "python.sh", "reload.py", "tasks.py", "worker.py")
# what the migration copies into the default domain, besides the storage
_STORED = {"REDIRECT_TO_OBJECT_STORAGE", "HIDE_GUARDED_DISTRIBUTIONS"}
_TTL = {"worker": "WORKER_TTL", "content": "CONTENT_APP_TTL"}
_READS_CA = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def needed(context: Context) -> bool:
    """Whether a process of Pulp runs on this host."""
    return any(context.has(role) for role in ("api", "content", "worker"))


def environment(context: Context) -> tuple[tuple[str, str], ...]:
    """The same for every process; nothing secret is in it."""
    variables = [
        ("PULP_SETTINGS", context.config(SETTINGS)),
        ("DJANGO_SETTINGS_MODULE", "pulpcore.app.settings"),
        ("HOME", "/tmp"),  # noqa: S108  # in memory: the root file system is read-only
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONUNBUFFERED", "1"),
    ]
    if ca_bundle(context):
        variables += [(name, CA_BUNDLE) for name in _READS_CA]
    if "credentials" in dict(context.site.storage.parts().secrets):
        variables.append(("GOOGLE_APPLICATION_CREDENTIALS", "/run/secrets/storage-credentials"))
    return tuple(variables)


def ca_bundle(context: Context) -> str | None:
    """The bundle of the host that Pulp trusts, or none for the image's own."""
    ca = context.site.trust.ca
    return {"host": context.target.ca_bundle, "image": None}.get(ca, ca)


def mounts(context: Context) -> tuple[Mount, ...]:
    """Settings, the data folder, and the authorities to trust."""
    found = [
        context.generations,
        Mount(
            source=data_path(context), target=DATA, writable=True, data=True, holds="data", origin=data_origin(context)
        ),
    ]
    bundle = ca_bundle(context)
    if bundle:
        found.append(Mount(source=bundle, target=CA_BUNDLE, origin=("trust", "ca")))
    return tuple(found)


def data_path(context: Context) -> str:
    """The folder of the host for artifacts and temporary files, which must share one file system (pulpcore W003)."""
    return context.site.storage.path or f"{context.state}/storage"


def data_origin(context: Context) -> SitePath:
    """The key behind the data folder."""
    return ("storage", "path") if context.site.storage.path else ("storage",)


def secrets(context: Context) -> tuple[tuple[str, Secret], ...]:
    """The secrets that settings.py reads, by the file names that it reads them from."""
    site = context.site
    keys = site.secrets
    found = [
        ("postgres-password", postgres.password(context)),
        ("secret-key", context.secret("secret-key", keys.secret_key, ("secrets", "secret_key"), kind="django-key")),
        ("fields-key", context.secret("fields-key", keys.fields_key, ("secrets", "fields_key"), kind="fields-key")),
    ]
    if site.cache.password:
        found.append(("cache-password", context.secret("cache-password", site.cache.password, ("cache", "password"))))
    found += [
        (
            f"storage-{key}".replace("_", "-"),
            context.secret(f"storage-{key}".replace("_", "-"), reference, ("storage", key)),
        )
        for key, reference in site.storage.parts().secrets
    ]
    found += [
        (_setting_file(name), context.secret(_setting_file(name), reference, ("settings", name)))
        for name, reference in _setting_secrets(context)
    ]
    found += _token_secrets(context)
    return tuple(found)


def _token_secrets(context: Context) -> list[tuple[str, Secret]]:
    """The key pair that signs tokens; the public half is derived from the private one on each host."""
    if not needs_token_keys(context.site):
        return []
    reference = context.site.secrets.token_private_key
    origin = ("secrets", "token_private_key")
    private = context.secret("token-private-key", reference, origin, kind="token-private-key")
    public = context.secret("token-public-key", None, origin, kind="token-public-key", subject=private.name)
    return [("token-private-key", private), ("token-public-key", public)]


def secret_uses(context: Context) -> tuple[SecretUse, ...]:
    """The same, as a service of Pulp uses them."""
    return tuple(SecretUse(secret=secret.name, target=target) for target, secret in secrets(context))


def admin_password(context: Context) -> Secret:
    """The first password of `admin`; only the migration sees it."""
    return context.secret(
        "admin-password", context.site.secrets.admin_password, ("secrets", "admin_password"), kind="password"
    )


def dependencies(context: Context) -> dict[str, tuple[str, ...]]:
    """What must run before a process of Pulp.

    Stopping the database stops its users first, in order, so that workers finish their tasks while it still answers.
    """
    local = (context.name("postgres"),) if context.has("database") else ()
    caches = (context.name("cache"),) if context.site.cache.mode == "embedded" else ()
    return {"requires": (*local, context.name("migrate")), "wants": caches}


def part(context: Context) -> Part:
    """Settings, helper programs, the data folder and secrets; the processes themselves are in their own files."""
    if not needed(context):
        return Part()
    programs = tuple(TextFile(path=f"pulp/{name}", text=read_text(f"config/pulp/{name}")) for name in _PROGRAMS)
    directory = Directory(path=data_path(context), owner=PULP, mode=0o750, origin=data_origin(context))
    return Part(
        configs=(*_settings(context), *programs),
        directories=(directory,),
        secrets=tuple(secret for _, secret in secrets(context)),
    )


def _setting_secrets(context: Context) -> tuple[tuple[str, SecretReference], ...]:
    found = []
    for name, value in context.site.settings.items():
        reference = secret_setting(value)
        if reference:
            found.append((name, reference))
    return tuple(found)


def secret_setting(value: object) -> SecretReference | None:
    """A value of `[settings]` that refers to a secret instead of being one."""
    if isinstance(value, dict) and set(value) in ({"secret"}, {"file"}):
        return SecretReference.model_validate(value)
    return None


def _setting_file(name: str) -> str:
    return f"setting-{name.lower().replace('_', '-')}"


def ttl(context: Context, role: str) -> int | None:
    """How old a heartbeat of the role's processes may be, in seconds; None where the site leaves it to Pulp.

    Pulp warns when it is shorter for the API than two requests may take.
    """
    if role == "api":
        return 2 * context.site.api.timeout
    value = context.site.settings.get(_TTL[role])
    return value if isinstance(value, int) else None


def _settings(context: Context) -> tuple[TextFile, TextFile]:
    site = context.site
    host, port = postgres.address(context)
    extra = {
        name: (None if secret_setting(value) else value, _setting_file(name)) for name, value in site.settings.items()
    }
    stored = fill(
        "config/pulp/stored.py.j2",
        database={
            "host": host,
            "port": port,
            "name": site.database.name,
            "user": site.database.user,
            "options": _tls_options(context),
        },
        storage=site.storage.parts(),
        off=list(switched_off(site)),
        extra={name: value for name, value in extra.items() if name in _STORED},
    )
    settings = fill(
        "config/pulp/settings.py.j2",
        url=site.site.url,
        cache=cache.address(context),
        cache_password=site.cache.password is not None,
        ttl=ttl(context, "api"),
        plugins=settings_of(site),
        extra={name: value for name, value in extra.items() if name not in _STORED},
    )
    return TextFile(path=SETTINGS, text=settings), TextFile(path=STORED, text=stored)


def _tls_options(context: Context) -> dict[str, str]:
    """How libpq speaks TLS to a database elsewhere; to verify, it has to be told whom to trust."""
    if context.site.database.host is None:
        return {}
    mode = context.site.database.sslmode or "prefer"
    if not mode.startswith("verify-"):
        return {"sslmode": mode}
    return {"sslmode": mode, "sslrootcert": CA_BUNDLE if ca_bundle(context) else "system"}
