"""Every change of a rendered file is traced to the keys that made it, and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.target import Target
from pulp_quadlet.pipeline import Compiled
from pulp_quadlet.planning.blame import blame
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.sites import MINIMAL, TARGET, compiled

WORKER = "quadlet/pulp-worker-1.container"
SETTINGS = "config/pulp/settings.py"


def clause(path: str, after: str, before: Compiled | None = None, target: Target = TARGET) -> str:
    """What is said of a file when the site file becomes `after`."""
    old = before or compiled()
    applied = {file.path: file.text for file in old.tree.files}
    origin = old.generation(Origin()).origin
    return blame(origin, applied, Origin(site_text=after), target, lambda key: ".".join(map(str, key)))(path)


@pytest.mark.parametrize(
    ("more", "path", "keys"),
    [
        ('[workers]\nmemory = "2G"\n', WORKER, "workers.memory"),
        ("[workers]\ndrain = 60\nmemory = '2G'\n", WORKER, "workers.drain, workers.memory"),
        ("[settings]\nANALYTICS = false\n[web]\nhttp = 9000\n", SETTINGS, "settings.ANALYTICS"),
        ("[settings]\nANALYTICS = false\n", WORKER, ""),
        ("[api]\ntimeout = 200\n", "config/web/nginx.conf", "api.timeout"),
        ('[plugins]\npulp-deb = "*"\n', WORKER, "plugins.pulp-deb"),
        ('[plugins]\npulp-deb = "*"\n', "images/pulp/Containerfile", "plugins.pulp-deb"),
        ("[workers]\ncount = 1\n", "quadlet/pulp-worker-2.container", "workers.count"),
        ("[web]\nhttp = 9000\n", "systemd/pulp-web.socket", "web.http"),
        ("[workers]\ncount = 3\n", "quadlet/pulp-worker-3.container", "workers.count"),
        ("# a comment\n", WORKER, ""),
    ],
)
def test_a_file_is_blamed_on_the_keys_that_change_it(more: str, path: str, keys: str) -> None:
    assert clause(path, MINIMAL + more) == (f": {keys}" if keys else "")


def test_a_key_that_is_left_out_is_named_too() -> None:
    before = compiled(MINIMAL + '[workers]\nmemory = "2G"\n')
    assert clause(WORKER, MINIMAL, before) == ": workers.memory"


def test_keys_that_are_valid_together_alone_are_named_together() -> None:
    """Half of such a change is no valid site, so the halves cannot be told apart."""
    after = MINIMAL + '[database]\nhost = "db.example.org"\npassword = { secret = "corporate" }\n'
    assert clause("config/pulp/stored.py", after) == ": database.host, database.password.secret"


def test_another_podman_is_a_reason_of_its_own() -> None:
    newer = replace(TARGET, podman=PodmanVersion(5, 8, 6))
    assert clause("quadlet/pulp-api-1.container", MINIMAL, target=newer) == (
        ": this host is another one than at the last apply"
    )


def test_another_version_of_pulp_quadlet_is_a_reason_of_its_own() -> None:
    old = compiled()
    files = tuple(replace(f, text=f.text + "# as it was\n") if f.path == WORKER else f for f in old.tree.files)
    before = replace(old, tree=replace(old.tree, files=files))
    assert clause(WORKER, MINIMAL, before) == ": this version of pulp-quadlet writes it otherwise"


def test_what_is_not_known_is_not_blamed() -> None:
    old = compiled()
    applied = {file.path: file.text for file in old.tree.files}
    assert blame(Origin(), applied, Origin(site_text=MINIMAL + "[workers]\ncount = 3\n"), TARGET, str)(WORKER) == ""


def test_many_keys_are_not_told_apart() -> None:
    """It would take seconds; so each file that changed gets all of them."""
    many = "".join(f"SETTING_{number} = {number}\n" for number in range(21))
    said = clause(SETTINGS, f"{MINIMAL}[settings]\n{many}")
    assert said.count("settings.SETTING_") == 21
