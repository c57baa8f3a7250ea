"""Packages are locked and fetched by a real pip, from an index of ours that can be wrong in every way."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.index import folder
from tests.index.wheels import Release, checkout
from tests.lab import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.lab.guest import Guest
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

HERE = Path(__file__).parents[1] / "index"
PORT = 8123
URL = f"http://127.0.0.1:{PORT}"
UNIT = "test-index"
SITES = "/srv/sites"
SITE = """[site]
url = "http://localhost:8080"

[image]
index_url = "{index}/simple"
pip_options = ["--timeout=1", "--retries=0"]

[plugins]
{plugins}
"""


def site(plugins: str = 'pulp-rpm = "*"\nfrom-source = "*"', index: str = URL) -> str:
    return SITE.format(plugins=plugins, index=index)


@dataclass(frozen=True, slots=True)
class Index:
    """A machine in which it is served, and what is asked there."""

    machine: Guest

    def serve(self, *releases: Release) -> None:
        """Have these beside what it has, and a new file in the place of one of the same name."""
        with tempfile.TemporaryDirectory() as made:
            folder.fill(Path(made, "index"), releases)
            self.machine.copy_in(Path(made, "index"), "/srv/index")

    def write(self, files: Mapping[str, str]) -> None:
        """Files of the machine, by path."""
        with tempfile.TemporaryDirectory() as made:
            for path, text in files.items():
                place = Path(made, "srv", path.removeprefix("/srv/"))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
            self.machine.copy_in(Path(made, "srv"), "/srv")

    def drive(self, *names: str, home: str = "/srv/wheels", fetch: bool = False) -> list[str]:
        """What is told of each site."""
        words = ["/opt/pulp-quadlet/bin/python", "/srv/drive.py", home, *(["--fetch"] if fetch else [])]
        done = self.machine.run([*words, *(f"{SITES}/{name}.toml" for name in names)], timeout=900)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout.split("\f")[:-1]

    def fresh(self, name: str, text: str) -> None:
        """A site file without a lock."""
        self.machine.run(["rm", "-f", f"{SITES}/pylock.{name}.toml"])
        self.write({f"{SITES}/{name}.toml": text})

    def files(self, home: str) -> str:
        """All wheels of a wheelhouse, with their hashes."""
        script = 'cd "$0" && find . -name "*.whl" -not -path "./.*/*" | sort | xargs sha256sum'
        return self.machine.run(["sh", "-c", script, home]).stdout


@pytest.fixture(scope="module")
def index(pulp: Pulp) -> Iterator[Index]:
    """A tiny index with plugins in the shape of Pulp's."""
    machine = pulp.machine
    machine.run(["rm", "-rf", "/srv/index", "/srv/sites", "/srv/wheels"])
    found = Index(machine)
    found.serve(*folder.RELEASES)
    for name in ("server.py", "drive.py"):
        machine.copy_in(HERE / name, f"/srv/{name}")
    serve = ["systemd-run", f"--unit={UNIT}", "--collect", "python3", "/srv/server.py", "/srv/index", str(PORT)]
    machine.run(serve)
    yield found
    machine.run(["systemctl", "stop", UNIT])
    machine.run(["sh", "-c", "rm -rf /srv/*"])


def test_two_builds_of_one_lock_have_the_same_packages(index: Index) -> None:
    """Also when the index has newer ones by then. What is built of source is the same version, at least."""
    index.fresh("same", site())
    assert index.drive("same", home="/srv/one", fetch=True) == [
        f"4 packages are locked in {SITES}/pylock.same.toml\n4 packages of 4 to fetch into /srv/one\n"
    ]
    index.serve(Release(name="pulp-rpm", version="3.39.9", requires=("pulpcore",)))
    assert index.drive("same", home="/srv/two", fetch=True) == ["4 packages of 4 to fetch into /srv/two\n"]
    one, two = index.files("/srv/one").splitlines(), index.files("/srv/two").splitlines()
    assert [line.split()[1].rpartition("/")[2] for line in one] == [
        "from_source-1.0-py3-none-any.whl",
        "pulp_rpm-3.39.4-py3-none-any.whl",
        "pulpcore-3.123.1-py3-none-any.whl",
        "small_library-1.0-py3-none-any.whl",
    ]
    assert [line.split()[1] for line in one] == [line.split()[1] for line in two]
    assert one[1:] == two[1:]
    # and where all is there, nothing is asked of anybody
    index.machine.run(["systemctl", "stop", UNIT])
    assert index.drive("same", home="/srv/two", fetch=True) == [""]
    index.machine.run(
        ["systemd-run", f"--unit={UNIT}", "--collect", "python3", "/srv/server.py", "/srv/index", str(PORT)]
    )


def test_a_wheel_that_somebody_changed_is_refused(index: Index) -> None:
    index.fresh("tampered", site('pulp-rust = "*"'))
    index.drive("tampered")
    wheel = "/srv/index/simple/pulp-rust/pulp_rust-0.0.0-py3-none-any.whl"
    evil = Release(name="pulp-rust", version="0.0.0", requires=("small-library",))
    locked = next(each.sha256 for each in folder.RELEASES if each.name == "pulp-rust")
    index.serve(evil)
    [told] = index.drive("tampered", home="/srv/three", fetch=True)
    assert told == (
        "3 packages of 3 to fetch into /srv/three\n"
        "error[wrong-hash]: pulp_rust-0.0.0-py3-none-any.whl is not the file that it should be\n"
        f"   = note: its SHA-256 is {evil.sha256}\n"
        f"   = note: it should be   {locked}\n"
        f"   = note: it came from {URL}/simple/pulp-rust/pulp_rust-0.0.0-py3-none-any.whl\n"
        "   = help: somebody has changed it on its way or at its place: find out who, before you lock it anew\n"
        "\n1 problem; nothing was changed\n"
    )
    assert index.machine.run(["sh", "-c", "find /srv/three -name '*.whl'"]).stdout == ""
    assert index.machine.run(["sha256sum", wheel]).stdout.startswith(evil.sha256)
    index.serve(*folder.RELEASES)


THERE = f"the package index at 127.0.0.1:{PORT}"
NO_CHECKOUT = "is no checkout of a Python package: it has neither pyproject.toml nor setup.py"
NO_TLS = "has no TLS, so that anybody on the way could answer for it"
BAD = {
    "unknown": (
        site('pulp-rmp = "*"'),
        "9:12: error[unknown-package]: the package index has no package `pulp-rmp`",
        "help: did you mean `pulp-rpm`?",
    ),
    "unknown-there": (
        site('pulp-tomorow = "*"'),
        "9:16: error[unknown-package]: the package index has no package `pulp-tomorow`",
        "help: did you mean `pulp-tomorrow`?",
    ),
    "version": (
        site('pulp-rpm = "==99"'),
        "9:12: error[no-such-version]: there is no version of pulp-rpm that fits `==99`",
        "note: there are 3.38.5, 3.39.4 and 3.39.9",
    ),
    "python": (
        site('pulp-tomorrow = "*"'),
        "9:17: error[no-release-for-python]: pulp-tomorrow has no release for the Python of the image",
        "note: 1.0 wants Python >=3.99",
    ),
    "machine": (
        site('pulp-elsewhere = "*"'),
        "9:18: error[no-release-for-python]: pulp-elsewhere has no release for this kind of machine and its Python",
        "note: there is pulp_elsewhere-1.0-cp313-cp313-win_amd64.whl",
    ),
    "wanted": (
        site('pulp-wants-more = "*"'),
        "9:19: error[unknown-package]: the package index has no package `nobody-has-this`",
        "note: pulp-wants-more wants it",
    ),
    "conflict": (
        site('pulp-rust = "*"\npulp-rpm = "==3.39.4"'),
        "10:12: error[package-conflict]: pulp-rpm and pulp-rust do not go together",
        "note: pulp-rpm 3.39.4 wants pulpcore<3.130 and >=3.118",
        "note: pulp-rust 0.0.0 wants pulpcore<3.115 and >=3.105",
    ),
    "no-checkout": (
        site('pulp-rpm = { source = "/srv/sites" }'),
        f"9:23: error[not-a-checkout]: /srv/sites {NO_CHECKOUT}",
    ),
    "no-name": (
        site(index="https://no-such-host.invalid"),
        "error[index-unreachable]: the host name of the package index, no-such-host.invalid, cannot be resolved",
    ),
    "no-tls": (
        site(index="http://no-such-host.invalid"),
        f"error[index-untrusted]: the package index at no-such-host.invalid {NO_TLS}",
    ),
    "refused": (
        site(index="http://127.0.0.1:9"),
        "error[index-unreachable]: the package index at 127.0.0.1:9 cannot be reached: connection refused",
    ),
    "slow": (
        site(index=f"{URL}/slow"),
        f"error[index-slow]: {THERE} does not answer in time",
        "note: each answer was waited for 1 seconds",
    ),
    "500": (
        site(index=f"{URL}/500"),
        f"error[index-failed]: {THERE} answers 500",
        f"note: to {URL}/500/simple/pulpcore/",
    ),
    "rubbish": (
        site(index=f"{URL}/rubbish"),
        f"error[index-rubbish]: what answers at 127.0.0.1:{PORT} is no package index, or a broken one",
    ),
    "half-a-page": (
        site(index=f"{URL}/json-rubbish"),
        f"error[index-rubbish]: what answers at 127.0.0.1:{PORT} is no package index, or a broken one",
        "note: json.decoder.JSONDecodeError: Expecting value: line 1 column 12 (char 11)",
    ),
    "half-a-file": (
        site(index=f"{URL}/broken-wheel"),
        f"error[file-broken]: a file of pulpcore that {THERE} gave is broken",
    ),
    "gone": (
        site(index=f"{URL}/gone"),
        f"error[file-gone]: {THERE} has no file pulpcore-3.123.1-py3-none-any.whl any more",
    ),
    "wrong-hash": (
        site(index=f"{URL}/wrong-hash"),
        "error[wrong-hash]: pulpcore-3.123.1-py3-none-any.whl is not the file that it should be",
    ),
}


@pytest.fixture(scope="module")
def told(index: Index) -> dict[str, str]:
    """What is told of each, all asked one after the other."""
    index.serve(Release(name="pulp-rpm", version="3.39.9", requires=("pulpcore",)))
    index.write({f"{SITES}/{name}.toml": text for name, (text, *_) in BAD.items()})
    return dict(zip(BAD, index.drive(*BAD), strict=True))


@pytest.mark.parametrize("name", BAD)
def test_what_is_in_the_way_is_told(told: dict[str, str], name: str) -> None:
    _, first, *more = BAD[name]
    lines = told[name].splitlines()
    place = f"{SITES}/{name}.toml:" if first[0].isdigit() else ""
    assert lines[0] == f"{place}{first}"
    assert [line.lstrip(" =") for line in lines if line.lstrip(" =") in more] == more
    assert lines[-1] == f"1 problem{f' in {SITES}/{name}.toml' if place else ''}; nothing was changed"


def test_a_full_disk(index: Index) -> None:
    index.fresh("full", site())
    index.machine.run(["sh", "-c", "mkdir -p /srv/full && mount -t tmpfs -o size=16k tmpfs /srv/full"])
    try:
        [told] = index.drive("full", home="/srv/full", fetch=True)
    finally:
        index.machine.run(["umount", "/srv/full"])
    assert told.splitlines()[0].startswith("error[disk-full]: there is no room left on the disk for Python packages")


def test_a_changed_file_of_a_checkout_moves_it_alone(index: Index) -> None:
    """And nothing is written into the checkout."""
    mine = Release(name="pulp-rpm", version="3.40.0.dev0", requires=("pulpcore<3.130", "from-source"))
    index.machine.run(["rm", "-rf", "/srv/pulp_rpm"])
    index.write({f"/srv/pulp_rpm/{path}": text for path, text in checkout(mine).items()})
    index.fresh("mine", site('pulp-rpm = { source = "/srv/pulp_rpm" }'))
    listing = ["sh", "-c", "cd /srv/pulp_rpm && find . -type f | xargs sha256sum"]
    before = index.machine.run(listing).stdout
    [told] = index.drive("mine", fetch=True)
    assert told.splitlines()[0] == f"4 packages are locked in {SITES}/pylock.mine.toml"
    assert index.machine.run(listing).stdout == before
    # newer ones of others are not taken for it
    index.serve(Release(name="pulpcore", version="3.124.0", requires=("small-library",)))
    index.write({"/srv/pulp_rpm/module.py": "VALUE = 2\n"})
    [told] = index.drive("mine", fetch=True)
    assert told == (
        f"4 packages are locked in {SITES}/pylock.mine.toml: pulp-rpm 3.40.0.dev0 has other content\n"
        "1 package of 4 to fetch into /srv/wheels\n"
    )
    wheels = index.machine.run(["sh", "-c", "ls /srv/wheels/built/*/pulp_rpm*.whl | wc -l"]).stdout
    assert wheels.strip() == "2"
    assert index.drive("mine", fetch=True) == [""]


# Of the agent's unit: what a lock and the wheelhouse have to get along with.
SANDBOX = (
    *("ProtectHome=read-only", "ProtectSystem=full", "PrivateTmp=yes", "UMask=0022", "RestrictSUIDSGID=yes"),
    *("CapabilityBoundingSet=CAP_DAC_OVERRIDE", "NoNewPrivileges=yes", "Environment=PULP_QUADLET_AGENT=1"),
)
WAKE = ("busctl", "call", "org.pulpproject.Quadlet1", "/org/pulpproject/Quadlet1", "org.freedesktop.DBus.Peer", "Ping")


def test_within_the_sandbox_of_the_agent(index: Index) -> None:
    """A site file may lie where the agent only reads, and its lock is written there all the same."""
    where, home = "/root/sites/sandbox.toml", "/var/lib/pulp-quadlet/.try"
    mine = Release(name="pulp-rpm", version="3.42.0.dev0", requires=("pulpcore<3.130",))
    # nor does it see this folder
    index.write({f"/srv/tmp/pulp_rpm/{path}": text for path, text in checkout(mine).items()})
    index.machine.run(["sh", "-c", "rm -rf /tmp/pulp_rpm && mv /srv/tmp/pulp_rpm /tmp"])
    text = site('pulp-rpm = { source = "/tmp/pulp_rpm" }')
    index.machine.run(["sh", "-c", 'mkdir -p /root/sites && cat >"$0"', where], input=text.encode())
    drive = ["/opt/pulp-quadlet/bin/python", "/srv/drive.py", home, "--fetch", where]
    index.machine.run(WAKE)
    try:
        done = index.machine.run(
            ["systemd-run", "--wait", "--pipe", "--collect", *(f"--property={each}" for each in SANDBOX), *drive],
            timeout=120,
        )
        lock = "/root/sites/pylock.sandbox.toml"
        assert done.stdout == f"3 packages are locked in {lock}\n3 packages of 3 to fetch into {home}\n\f"
        assert index.machine.run(["stat", "--format=%U %a", lock]).stdout == "root 644\n"
        assert len(index.files(home).splitlines()) == 3
    finally:
        index.machine.run(["rm", "-rf", "/root/sites", "/tmp/pulp_rpm", home])


def test_a_commit_of_a_git_repository(index: Index) -> None:
    """Served as plain files, which git calls the dumb protocol."""
    mine = Release(name="pulp-rpm", version="3.41.0.dev0", requires=("pulpcore<3.130",))
    with tempfile.TemporaryDirectory() as made:
        work = Path(made, "work")
        work.mkdir()
        for path, text in checkout(mine).items():
            (work / path).write_text(text)
        git = ("git", "-C", str(work), "-c", "user.name=Test", "-c", "user.email=test@example.org")
        for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "One")):
            command.run([*git, *words])
        commit = command.run([*git, "rev-parse", "HEAD"]).stdout.strip()
        command.run(["git", "clone", "-q", "--bare", str(work), f"{made}/rpm.git"])
        command.run(["git", "-C", f"{made}/rpm.git", "update-server-info"])
        index.machine.copy_in(Path(made, "rpm.git"), "/srv/index/git/rpm.git")
    where = f"{URL}/files/git/rpm.git"
    index.fresh("git", site(f'pulp-rpm = {{ git = "{where}", rev = "main" }}'))
    index.fresh("no-rev", site(f'pulp-rpm = {{ git = "{where}", rev = "no-such-rev" }}'))
    index.fresh("no-git", site(f'pulp-rpm = {{ git = "{URL}/files/git/none.git" }}'))
    good, no_rev, no_git = index.drive("git", "no-rev", "no-git", home="/srv/four", fetch=True)
    assert good == f"3 packages are locked in {SITES}/pylock.git.toml\n3 packages of 3 to fetch into /srv/four\n"
    assert commit in index.machine.run(["cat", f"{SITES}/pylock.git.toml"]).stdout
    assert index.machine.run(["ls", f"/srv/four/built/{commit}"]).stdout.startswith("pulp_rpm-3.41.0.dev0-")
    assert no_rev.splitlines()[0].endswith("the git repository of pulp-rpm has no branch, tag or commit `no-such-rev`")
    assert no_git.splitlines()[0].endswith("the git repository of pulp-rpm cannot be cloned")
