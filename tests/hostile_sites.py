"""Site files with hostile text at every place where they take free text, and the same with harmless text."""

from __future__ import annotations

from typing import Any

import tomli_w
from hypothesis import strategies as st

from pulp_quadlet.config.source import SourceText
from pulp_quadlet.errors import SiteError
from pulp_quadlet.pipeline import Compiled, compile_site
from tests.sites import TARGET

HOSTILE = (
    "\n[Service]\nExecStartPre=/bin/false\n",
    "\r[Service]\rExecStartPre=/bin/false",
    "%n %h %% %",
    "$HOME ${HOME} $$",
    "a b\tc",
    "\" ' ` \\ \\x41",
    "; rm -rf / ; #",
    "--privileged",
    "a,type=env,target=x",
    "a:rw:z",
    "{{ 7 * 7 }}{% raw %}",
    "\"\"\"'''",
    "größe-日本語-\u202e\u2028",
    "x" * 3000,
    "",
)
text = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text("\n\r%$\"'\\ ;#,:=[]{}-a/", max_size=20))
path = text.map(lambda tail: f"/srv/{tail}")

# One entry for each place of free text: how the value gets into the document.
PLACES: dict[str, Any] = {
    "settings": text.map(lambda value: {"settings": {"HOSTILE": value}}),
    "nested settings": text.map(lambda value: {"settings": {"HOSTILE": {value: [value, {"x": value}]}}}),
    "storage.path": path.map(lambda value: {"storage": {"path": value}}),
    "database.path": path.map(lambda value: {"database": {"path": value}}),
    "trust.ca": path.map(lambda value: {"trust": {"ca": value}}),
    "image.wheels": path.map(lambda value: {"image": {"wheels": value}}),
    "image.pip_options": text.map(lambda value: {"image": {"pip_options": [f"--x={value}"]}}),
    "image.index_url": text.map(lambda value: {"image": {"index_url": f"https://pypi.example.org/{value}"}}),
    "image.base": text.map(lambda value: {"image": {"base": f"docker.io/library/debian:{value}"}}),
    "storage.region": text.map(lambda value: {"storage": {"backend": "s3", "bucket": "artifacts", "region": value}}),
    "storage.bucket": text.map(lambda value: {"storage": {"backend": "gcs", "bucket": value}}),
    "database.name": text.map(lambda value: {"database": {"name": value}}),
    "site.name": text.map(lambda value: {"site": {"name": value, "url": "http://localhost:8080"}}),
    "site.url": text.map(lambda value: {"site": {"url": f"http://localhost{value}"}}),
    "plugin": text.map(lambda value: {"plugins": {"pulp-rpm": value}}),
    "plugin name": text.map(lambda value: {"plugins": {value: "*"}}),
    "secret name": text.map(
        lambda value: {"storage": {"backend": "gcs", "bucket": "artifacts", "credentials": {"secret": value}}}
    ),
    "memory": text.map(lambda value: {"workers": {"memory": value}}),
    "web.addresses": text.map(lambda value: {"web": {"addresses": [value]}}),
}
documents = st.one_of(*PLACES.values())


def compiled(document: dict[str, Any]) -> Compiled | None:
    """The document on top of a minimal one; None when it is refused."""
    whole = {"site": {"url": "http://localhost:8080"}, **document}
    try:
        return compile_site(SourceText("site.toml", tomli_w.dumps(whole)), TARGET)
    except SiteError:
        return None


def benign(document: dict[str, Any]) -> Compiled:
    """The same document with harmless text in the same place."""
    found = compiled(_tamed(document))
    assert found is not None
    return found


def _tamed(value: Any) -> Any:
    tame = {
        "path": "/srv/a",
        "ca": "/srv/b",
        "wheels": "/srv/c",
        "pip_options": ["--x=y"],
        "index_url": "https://pypi.example.org/x",
        "base": "docker.io/library/debian:x",
        "region": "x",
        "bucket": "artifacts",
        "name": "pulp",
        "url": "http://localhost:8080",
        "pulp-rpm": "*",
        "secret": "x",
        "memory": "1G",
        "addresses": ["192.0.2.1"],
        "HOSTILE": "x",
    }
    if isinstance(value, dict):
        return {key: tame.get(key) or _tamed(item) for key, item in value.items()}
    return value


def keys(found: Compiled) -> list[tuple[str, str, str]]:
    """Unit, section and key of every line of every unit, in order."""
    lines = []
    for file in found.tree.files:
        if not file.path.startswith(("quadlet/", "systemd/")):
            continue
        section = ""
        for line in file.text.replace("\r", "\n").split("\n"):
            if line.startswith("["):
                section = line
            elif line and not line.startswith("#"):
                lines.append((file.path, section, line.partition("=")[0]))
    return lines
