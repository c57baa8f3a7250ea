"""From a site file to the files that it stands for on one host: pure, and with all problems at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulp_quadlet import __version__
from pulp_quadlet.config.source import SourceText
from pulp_quadlet.errors import HostError, Location, Problem, SiteError
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.quadlet.version import OLDEST

# What compiles is imported where it is used: an apply that changes nothing does not need it, and loading it would take
# more than half of its time.
if TYPE_CHECKING:
    from pulp_quadlet.config.tables import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A site file, all the way to the files that it stands for on one host."""

    source: SourceText
    site: Site
    target: Target
    deployment: Deployment
    tree: Tree

    def locate(self, path: SitePath) -> Location | None:
        """The place of a key in the site file, or of the nearest table around it; None when that is left out too."""
        return _locate(self.source, path)

    def generation(self, origin: Origin) -> Generation:
        """What would be applied, with where it comes from."""
        known = replace(
            origin,
            site_file=self.source.path,
            site_text=self.source.text,
            lock_text=self.source.lock or "",
            target=self.target,
            version=__version__,
        )
        return Generation(deployment=self.deployment, tree=self.tree, origin=known)


def compile_site(source: SourceText, target: Target) -> Compiled:
    """Read, compose and render. Pure. Raises SiteError with everything that is wrong."""
    if target.podman < OLDEST:
        raise HostError(
            Problem(
                code="podman-too-old",
                message=f"Podman {target.podman} is too old: {OLDEST} is the first that can run a site",
                help=("Ubuntu 24.04, Debian 13, Enterprise Linux 9 and Fedora have a newer one",),
            )
        )
    from pulp_quadlet.compose import compose
    from pulp_quadlet.config.read import read
    from pulp_quadlet.locking.fits import lock_of
    from pulp_quadlet.render.tree import render

    site = read(source.text, source.path)
    lock = lock_of(source.lock, source.path, site)
    deployment = compose(site, target, lock)
    tree = render(deployment, target, lambda path: _locate(source, path))
    return Compiled(source=source, site=site, target=target, deployment=deployment, tree=tree)


def check(compiled: Compiled, generated: Generated | None) -> bool:
    """Look for what Podman's generator and systemd's verifier lost or refused of the units.

    False when there was no generator to ask. Raises SiteError with all that is wrong.
    """
    if generated is None:
        return False
    from pulp_quadlet.examine import examine

    problems = tuple(examine(compiled.tree, generated, compiled.locate))
    if problems:
        raise SiteError(*problems)
    return True


def demand_selinux(compiled: Compiled) -> None:
    """A site that is not to run unconfined is not applied where SELinux does not enforce. Raises SiteError."""
    found = compiled.target.selinux
    if compiled.site.selinux.mode != "enforcing" or (found and found.enforcing):
        return
    state = "permissive" if found else "off"
    raise SiteError(
        Problem(
            code="selinux-not-enforcing",
            message=f"the site wants SELinux to be enforcing, and on this host it is {state}",
            where=compiled.locate(("selinux", "mode")),
            help=("setenforce 1, and SELINUX=enforcing in /etc/selinux/config",)
            if found
            else ('set `mode = "auto"`, or enable SELinux on this host',),
        )
    )


def _locate(source: SourceText, path: SitePath) -> Location | None:
    import tomli

    from pulp_quadlet.config.diagnosis.diagnose import place_of

    if not path or path[0] not in tomli.loads(source.text):
        return None
    return place_of(path, source.text, source.path)
