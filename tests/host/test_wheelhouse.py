"""Wheels are taken if they are whole and what was locked, and not otherwise."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.oneshot import specification
from pulp_quadlet.host.packages import checkouts, tools
from pulp_quadlet.host.packages.wheelhouse import fetch, path_of
from pulp_quadlet.model.deployment import BuiltImage, Packages
from pulp_quadlet.model.lock import Lock, LockedPackage
from tests.locking.packages import lock, package

WHEEL = b"a wheel"
CORE = replace(package("pulpcore", "3.123.1"), sha256=hashlib.sha256(WHEEL).hexdigest())
SDIST = package("old-policy", "1.5.0", kind="sdist", url="https://x/old_policy-1.5.0.tar.gz", sha256="b" * 64)
GIT = package("pulp-npm", "1.0", kind="git", url="https://git.example.org/npm", commit="c" * 40)
TOOLS = BuiltImage(reference="localhost/tools:1", role="tools", context=())


def image(locked: Lock | None, *options: str, mounts: tuple[tuple[str, str], ...] = ()) -> BuiltImage:
    packages = Packages(requirements=("pulpcore",), lock=locked, options=options, mounts=mounts)
    return BuiltImage(reference="localhost/pulp:1", role="pulp", context=(), packages=packages, tools=TOOLS)


@dataclass
class Pip:
    """Writes files as the program in the container does."""

    files: dict[str, bytes] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    async def __call__(self, program: str, _image: BuiltImage, question: str, folder: Path) -> Mapping[str, Any]:
        assert program == "fetch"
        self.asked.append(json.loads(question))
        self.sources = sorted(path.name for path in (folder / "sources").iterdir())
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return self.answer


def get(home: Path, pip: Pip, *packages: LockedPackage, options: tuple[str, ...] = ()) -> list[str]:
    said: list[str] = []
    asyncio.run(fetch(image(lock(*packages), *options), said.append, home, ask=pip))
    return said


def refused(home: Path, pip: Pip, *packages: LockedPackage) -> Problem:
    with pytest.raises(HostError) as error:
        get(home, pip, *packages)
    [problem] = error.value.problems
    return problem


def left(home: Path) -> list[str]:
    """All files but the lock of the folder itself."""
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and path.name != ".lock")


FOUND = {
    f"wheels/{CORE.file}": WHEEL,
    f"built/{'b' * 64}/old_policy-1.5.0-py3-none-any.whl": b"built",
    f"built/{'c' * 40}/pulp_npm-1.0-py3-none-any.whl": b"built too",
}


def test_all_kinds(tmp_path: Path) -> None:
    pip = Pip(FOUND)
    assert get(tmp_path, pip, CORE, SDIST, GIT) == [f"3 packages of 3 to fetch into {tmp_path}"]
    assert left(tmp_path) == [
        f"built/{'b' * 64}/old_policy-1.5.0-py3-none-any.whl",
        f"built/{'c' * 40}/pulp_npm-1.0-py3-none-any.whl",
        CORE.file,
    ]
    assert [path_of(each, tmp_path) for each in (CORE, SDIST, GIT)] == [
        tmp_path / CORE.file,
        tmp_path / "built" / ("b" * 64) / "old_policy-1.5.0-py3-none-any.whl",
        tmp_path / "built" / ("c" * 40) / "pulp_npm-1.0-py3-none-any.whl",
    ]
    assert (tmp_path / CORE.file).stat().st_mode & 0o777 == 0o644
    # and nothing is asked again
    assert get(tmp_path, pip, CORE, SDIST, GIT) == []
    assert len(pip.asked) == 1


def test_what_pip_is_asked(tmp_path: Path) -> None:
    pip = Pip(FOUND)
    options = ("--cert", "/ca.pem", "--index-url", "https://x/simple", "--pre", "--no-compile", "--proxy=http://p")
    get(tmp_path, pip, CORE, GIT, options=options)
    assert pip.asked == [
        {
            "options": ["--cert", "/ca.pem", "--index-url", "https://x/simple", "--proxy=http://p"],
            "wheels": [
                {
                    "name": "pulpcore",
                    "version": "3.123.1",
                    "url": CORE.url,
                    "sha256": CORE.sha256,
                    "commit": "",
                }
            ],
            "builds": [
                {
                    "name": "pulp-npm",
                    "version": "1.0",
                    "url": "https://git.example.org/npm",
                    "sha256": "",
                    "commit": "c" * 40,
                    "kind": "git",
                    "key": "c" * 40,
                }
            ],
        }
    ]


def test_only_what_is_missing_is_fetched(tmp_path: Path) -> None:
    get(tmp_path, Pip(FOUND), CORE)
    pip = Pip(FOUND)
    assert get(tmp_path, pip, CORE, SDIST) == [f"1 package of 2 to fetch into {tmp_path}"]
    assert pip.asked[0]["wheels"] == []


def test_a_wheel_that_was_altered_in_the_wheelhouse_is_fetched_again(tmp_path: Path) -> None:
    get(tmp_path, Pip(FOUND), CORE)
    (tmp_path / CORE.file).write_bytes(b"tampered with")
    get(tmp_path, Pip(FOUND), CORE)
    assert (tmp_path / CORE.file).read_bytes() == WHEEL


def test_a_wheel_with_another_hash_is_not_taken(tmp_path: Path) -> None:
    assert refused(tmp_path, Pip({f"wheels/{CORE.file}": b"evil"}), CORE) == Problem(
        code="wrong-hash",
        message=f"{CORE.file} is not the file that was locked",
        notes=(f"its SHA-256 is {hashlib.sha256(b'evil').hexdigest()}", f"the lock has   {CORE.sha256}"),
        help=("somebody has changed it on its way or at its place: find out who, before you lock it anew",),
    )
    assert left(tmp_path) == []


def test_a_wheel_that_was_not_made(tmp_path: Path) -> None:
    told = Problem(code="wheel-missing", message="pip has made no wheel of old-policy 1.5.0")
    assert refused(tmp_path, Pip(), SDIST) == told
    two = {f"built/{'b' * 64}/{name}-1.0-py3-none-any.whl": b"x" for name in ("a", "b")}
    assert refused(tmp_path, Pip(two), SDIST) == told
    assert left(tmp_path) == []


def test_a_link_to_a_file_of_the_host_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(WHEEL)

    class Evil(Pip):
        async def __call__(self, program: str, _image: BuiltImage, question: str, folder: Path) -> Mapping[str, Any]:
            (folder / "wheels" / CORE.file).symlink_to(secret)
            built = folder / "built" / ("b" * 64)
            built.mkdir()
            (built / "old_policy-1.5.0-py3-none-any.whl").symlink_to(secret)
            return {}

    home = tmp_path / "home"
    assert refused(home, Evil(), CORE).message == "pip has made no wheel of pulpcore 3.123.1"
    assert refused(home, Evil(), SDIST).message == "pip has made no wheel of old-policy 1.5.0"
    assert left(home) == []


def test_what_pip_complains_about_is_told(tmp_path: Path) -> None:
    line = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert refused(tmp_path, Pip(answer={"failed": [line]}), CORE).code == "disk-full"
    assert left(tmp_path) == []


def test_a_checkout_is_copied(tmp_path: Path) -> None:
    source = tmp_path / "pulp_rpm"
    source.mkdir()
    (source / "setup.py").write_text("")
    digest = checkouts.look(source).digest
    locked = package("pulp-rpm", "3.40", kind="folder", folder=str(source), sha256=digest)
    pip = Pip({f"built/{digest}/pulp_rpm-3.40-py3-none-any.whl": b"x"})
    home = tmp_path / "home"
    get(home, pip, locked)
    assert pip.sources == ["pulp_rpm"]
    assert pip.asked[0]["builds"][0]["url"] == "file:///mnt/sources/pulp_rpm"
    (source / "setup.py").write_text("# edited\n")
    get(home, pip, locked)  # what was built of it is there
    other = tmp_path / "other"
    assert refused(other, pip, locked) == Problem(
        code="checkout-changed",
        message=f"{source} has other content than when pulp-rpm was locked",
        help=("`pulp-quadlet apply` takes up what is there now",),
    )
    (source / "setup.py").unlink()
    wrong = "is no checkout of a Python package: it has neither pyproject.toml nor setup.py"
    assert refused(other, pip, locked) == Problem(code="not-a-checkout", message=f"{source} {wrong}")


def test_a_disk_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    problem = refused(tmp_path / "home", Pip(), CORE)
    assert problem.code == "write-failed"


def test_an_image_without_a_lock_is_a_bug() -> None:
    with pytest.raises(ValueError, match="localhost/pulp:1 is not locked"):
        asyncio.run(fetch(image(None)))


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".new" / "old" / "wheels").mkdir(parents=True)

    async def story() -> list[str]:
        async with tools.folder_of_one_run(tmp_path) as folder:
            assert folder.stat().st_mode & 0o777 == 0o777
            assert folder.parent.stat().st_mode & 0o777 == 0o700
            return [path.name for path in folder.parent.iterdir()]

    assert len(asyncio.run(story())) == 1
    assert list((tmp_path / ".new").iterdir()) == []


def test_the_container(tmp_path: Path) -> None:
    folder = tmp_path / ".new" / "one"
    mounts = (("/etc/ca.pem", "/ca.pem"), ("/src/rpm", "/mnt/sources/pulp_rpm"))
    once = tools.once("solve", image(None, "--cert", "/ca.pem", mounts=mounts), "{}", folder)
    spec = specification(once, network=False)
    assert spec["image"] == "localhost/tools:1"
    assert spec["command"] == ["/opt/tools/bin/python", "/usr/share/pulp-quadlet/tools/solve.py"]
    assert spec["user"] == "700:700"
    assert (spec["netns"], spec["Networks"]) == ({"nsmode": "host"}, {})
    assert [(each["source"], each["destination"], each["options"][1]) for each in spec["mounts"]] == [
        ("/etc/ca.pem", "/ca.pem", "ro"),
        (str(folder), "/mnt/new", "rw"),
        (f"{folder}/sources", "/mnt/sources", "rw"),
        (f"{tmp_path}/.cache/pip", "/mnt/cache", "rw"),
    ]
    assert (tmp_path / ".cache").stat().st_mode & 0o777 == 0o700
    assert (spec["env"]["GIT_SSL_CAINFO"], spec["env"]["PIP_CONFIG_FILE"]) == ("/ca.pem", "/dev/null")
    assert [file.path.rpartition("/")[2] for file in once.files] == ["pip_run.py", "solve.py", "question.json"]
    closed = replace(image(None), network=False, tools=replace(TOOLS, type="pulp_quadlet_build_t"))
    confined = specification(tools.once("fetch", closed, "{}", folder), network=False)
    assert confined["netns"] == {"nsmode": "none"}
    assert confined["selinux_opts"][0] == "type:pulp_quadlet_build_t"
