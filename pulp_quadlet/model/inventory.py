"""What one host has of a site: what goes when it is uninstalled, and what stays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything by its name."""

    site: str
    units: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    generations: tuple[int, ...] = ()
    networks: tuple[str, ...] = ()
    """Of Podman."""
    images: tuple[str, ...] = ()
    """But for those that another site runs."""
    policies: tuple[str, ...] = ()
    """Modules of SELinux."""
    folders: tuple[str, ...] = ()
    """Of the host, with nothing in them that could not be made anew."""
    data: tuple[str, ...] = ()
    """Folders that stay: what users gave to Pulp, the database, and its dumps."""
    secrets: tuple[str, ...] = ()
    """Secrets that stay: without them the data may be of no use."""

    @property
    def is_there(self) -> bool:
        """Whether there is anything to remove."""
        return bool(self.units or self.links or self.generations or self.policies or self.folders)
