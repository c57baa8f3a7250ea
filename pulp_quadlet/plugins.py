"""What is known of Pulp's plugins beyond their names: packages that they need and settings that they want.

A plugin that is not listed here is installed all the same; it just needs nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

_CORE = "pulpcore"  # has a place in `[plugins]` for its version

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulp_quadlet.config.tables import Site

SettingValue = str | bool | int | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One plugin: Debian packages that it needs, and settings derived from the site."""

    packages: tuple[str, ...] = ()
    """At run time: they are in the image."""
    build_packages: tuple[str, ...] = ()
    """To make wheels of what has none on PyPI: they are in the image of the tools alone."""
    signing_packages: tuple[str, ...] = ()
    """For its signing service. They are large, and wanted by workers alone: an image for those has them (`worker`)."""
    settings: Callable[[Site], dict[str, SettingValue]] = lambda _site: {}
    signs_tokens: bool = False


def _python(site: Site) -> dict[str, SettingValue]:
    return {"PYPI_API_HOSTNAME": site.site.url}  # its default is the name of the container


def _ansible(site: Site) -> dict[str, SettingValue]:
    return {"ANSIBLE_API_HOSTNAME": site.site.url, "ANSIBLE_CONTENT_HOSTNAME": f"{site.site.url}/pulp/content"}


def _container(site: Site) -> dict[str, SettingValue]:
    return {
        "TOKEN_SERVER": f"{site.site.url}/token/",
        "TOKEN_SIGNATURE_ALGORITHM": "ES256",
        "PRIVATE_KEY_PATH": "/run/secrets/token-private-key",
        "PUBLIC_KEY_PATH": "/run/secrets/token-public-key",
    }


# gpg is in every image: pulpcore signs with it, too
PLUGINS: dict[str, Plugin] = {
    # its importer of collections starts git, and is loaded with it
    "pulp-ansible": Plugin(packages=("git",), settings=_ansible),
    "pulp-container": Plugin(settings=_container, signs_tokens=True, signing_packages=("skopeo",)),
    "pulp-deb": Plugin(signing_packages=("binutils",)),
    "pulp-gem": Plugin(),
    "pulp-hugging-face": Plugin(),
    # its migrations want the extension pg_trgm, which PostgreSQL has wherever it comes from
    "pulp-maven": Plugin(),
    "pulp-npm": Plugin(),
    # PyGObject and pycairo have no wheels; libostree is found through its introspection
    "pulp-ostree": Plugin(
        packages=("gir1.2-ostree-1.0", "libcairo-gobject2", "libgirepository-1.0-1"),
        build_packages=("gcc", "libcairo2-dev", "libgirepository1.0-dev", "pkg-config", "python3-dev"),
    ),
    "pulp-python": Plugin(settings=_python),
    # createrepo_c's wheel wants GLib; librpm wants /usr/lib/rpm/rpmrc, or every process complains at its start
    "pulp-rpm": Plugin(packages=("libglib2.0-0", "rpm-common"), signing_packages=("rpm",)),
}


def _chosen(site: Site) -> tuple[Plugin, ...]:
    """The plugins in the image. Nobody knows those of a ready-made image beforehand: Pulp ignores settings unused."""
    names = sorted(site.plugins) if site.image.source == "build" else sorted(PLUGINS)
    return tuple(PLUGINS[name] for name in names if name in PLUGINS)


def debian_packages(name: str) -> tuple[str, ...]:
    """Debian packages that a plugin needs at run time."""
    return PLUGINS[name].packages if name in PLUGINS else ()


def build_packages(site: Site) -> tuple[str, ...]:
    """Debian packages that are needed to make wheels of the plugins."""
    return tuple(sorted({package for plugin in _chosen(site) for package in plugin.build_packages}))


def settings_of(site: Site) -> dict[str, SettingValue]:
    """Settings that the plugins want; the site file's own come later and win."""
    found: dict[str, SettingValue] = {"CSRF_TRUSTED_ORIGINS": [site.site.url]}
    for plugin in _chosen(site):
        found |= plugin.settings(site)
    return found


def installed(site: Site) -> tuple[str, ...]:
    """The plugins in the image, where that is built here."""
    return tuple(name for name in site.plugins if name != _CORE) if site.image.source == "build" else ()


def switched_off(site: Site) -> tuple[str, ...]:
    """The plugins that Pulp is not to load, by the names of their packages."""
    return tuple(sorted(name for name, table in site.plugins.items() if not table.enabled))


def needs_token_keys(site: Site) -> bool:
    """Whether a plugin signs tokens, as registries of containers do."""
    return any(plugin.signs_tokens for plugin in _chosen(site))


def host_of(site: Site) -> str:
    """The host name that users type, for certificates."""
    return urlsplit(site.site.url).hostname or "localhost"
