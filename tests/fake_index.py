"""A package index made of a dictionary, and a pip that takes the newest of all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from pulp_quadlet.locking.question import Question

Releases = dict[str, dict[str, tuple[str, ...]]]
"""By name and version: what it requires."""


def releases() -> Releases:
    """Enough for the default site."""
    return {
        "pulpcore": {"3.122.0": ("Django<5.3",), "3.123.1": ("Django<5.3",)},
        "pulp-python": {"3.36.4": ("pulpcore<3.130,>=3.105",)},
        "pulp-rpm": {"3.38.5": ("pulpcore<3.130,>=3.105",), "3.39.4": ("pulpcore<3.130,>=3.118",)},
        "pulp-rust": {"0.0.0": ("pulpcore<3.123,>=3.105",)},
        "django": {"5.2.8": ()},
    }


@dataclass
class Index:
    """What it has, what was asked, and what pip says instead of an answer."""

    releases: Releases = field(default_factory=releases)
    asked: list[Question] = field(default_factory=list)
    failed: tuple[str, ...] = ()

    def answer(self, asked: Question, digests: Mapping[str, str]) -> dict[str, Any]:
        """As the program in the container answers."""
        if self.failed:
            return {"failed": list(self.failed), "alike": [], "checkouts": dict(digests)}
        wanted = [Requirement(text) for text in asked.requirements]
        names = [each.name.lower() for each in wanted] if asked.alone else self._all(wanted)
        install = [self._install(name, wanted) for name in names]
        environment = {"python_version": "3.13", "sys_platform": "linux"}
        return {"environment": environment, "install": install, "checkouts": dict(digests)}

    def _all(self, wanted: list[Requirement]) -> list[str]:
        """Names of all that is needed; `wanted` grows by what those want."""
        found: list[str] = []
        for each in wanted:
            name = each.name.lower()
            if name not in found:
                found.append(name)
                newest = max(self.releases[name], key=Version)
                wanted += [Requirement(text) for text in self.releases[name][newest]]
        return found

    def _install(self, name: str, wanted: list[Requirement]) -> dict[str, Any]:
        ours = [each for each in wanted if each.name.lower() == name]
        fitting = [v for v in self.releases[name] if all(each.specifier.contains(v) for each in ours)]
        version = max(fitting, key=Version)
        file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        digest = hashlib.sha256(file.encode()).hexdigest()
        url = next((each.url for each in ours if each.url), None)
        source: dict[str, Any] = {
            "url": f"https://files.example.org/{file}",
            "archive_info": {"hashes": {"sha256": digest}},
        }
        if url and url.startswith("file:"):
            source = {"url": url, "dir_info": {}}
        elif url:
            repository = url.removeprefix("git+").partition("@")[0]
            source = {"url": repository, "vcs_info": {"vcs": "git", "commit_id": "a" * 40}}
        return {
            "name": name,
            "version": version,
            "requires_dist": list(self.releases[name][version]),
            "requested_extras": sorted({extra for each in ours for extra in each.extras}),
            "download_info": source,
        }
