"""Packages that hold nothing but what they require, as wheels and as source."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass

# as zip files count time, at the earliest: the same package is the same bytes each time
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SETUP = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# A backend of its own, so that nothing has to be fetched for a build.
_BACKEND = """import base64, hashlib, os, zipfile

NAME, VERSION, REQUIRES, PYTHON = {name!r}, {version!r}, {requires!r}, {python!r}


def _metadata():
    lines = ["Metadata-Version: 2.1", f"Name: {{NAME}}", f"Version: {{VERSION}}"]
    return "\\n".join([*lines, *(f"Requires-Dist: {{each}}" for each in REQUIRES), ""])


def prepare_metadata_for_build_wheel(folder, settings=None):
    info = f"{{NAME.replace('-', '_')}}-{{VERSION}}.dist-info"
    os.mkdir(os.path.join(folder, info))
    with open(os.path.join(folder, info, "METADATA"), "w") as file:
        file.write(_metadata())
    with open("written-by-the-build", "w") as file:
        file.write("builds write beside their sources\\n")
    return info


def build_wheel(folder, settings=None, metadata=None):
    start = f"{{NAME.replace('-', '_')}}-{{VERSION}}"
    info = f"{{start}}.dist-info"
    with open("module.py") as file:
        module = file.read()
    files = {{
        f"{{NAME.replace('-', '_')}}.py": module,
        f"{{info}}/METADATA": _metadata(),
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    with zipfile.ZipFile(os.path.join(folder, f"{{start}}-py3-none-any.whl"), "w") as wheel:
        record = ""
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{{name}},sha256={{digest}},{{len(text)}}\\n"
        wheel.writestr(f"{{info}}/RECORD", record + f"{{info}}/RECORD,,\\n")
    return f"{{start}}-py3-none-any.whl"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a package."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    python: str = ""
    """What its index says of the Python that it needs."""
    tag: str = "py3-none-any"
    source: bool = False
    """It is an sdist, and no wheel."""

    @property
    def file(self) -> str:
        start = f"{self.name.replace('-', '_')}-{self.version}"
        return f"{start}.tar.gz" if self.source else f"{start}-{self.tag}.whl"

    @property
    def content(self) -> bytes:
        return _sdist(self) if self.source else _wheel(self)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def metadata(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Python: {self.python}"] if self.python else []
        return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in self.requires), ""])


def checkout(release: Release) -> dict[str, str]:
    """The files of its source, by path."""
    backend = _BACKEND.format(
        name=release.name, version=release.version, requires=list(release.requires), python=release.python
    )
    return {"pyproject.toml": _SETUP, "backend.py": backend, "module.py": "VALUE = 1\n"}


def _wheel(release: Release) -> bytes:
    name = release.name.replace("-", "_")
    info = f"{name}-{release.version}.dist-info"
    files = {
        f"{name}.py": "VALUE = 1\n",
        f"{info}/METADATA": release.metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {release.tag}\n",
    }
    record = "".join(f"{path},sha256={_record(text)},{len(text)}\n" for path, text in files.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(zipfile.ZipInfo(path, _EPOCH), text)
    return packed.getvalue()


def _record(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _sdist(release: Release) -> bytes:
    folder = f"{release.name.replace('-', '_')}-{release.version}"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in {**checkout(release), "PKG-INFO": release.metadata}.items():
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)
