"""A plugin from a checkout on the host, as who writes it works with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.image import checkouts
from tests.site.changing import NOTHING_TO_DO
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

CHECKOUT = "/srv/pulp-greeting"
INIT = 'default_app_config = "pulp_greeting.app.PulpGreetingPluginAppConfig"\n'
WORDS, HELLO = "app/words.py", 'WORD = "hello"\n'
APP = """from pulpcore.plugin import PulpPluginAppConfig

class PulpGreetingPluginAppConfig(PulpPluginAppConfig):
    name = "pulp_greeting.app"
    label = "greeting"
    version = "1.0"
    python_package_name = "pulp-greeting"
    domain_compatible = True
"""
PLUGINS = f"""
[plugins]
pulp-python = "*"
pulp-rpm = "*"
pulp-greeting = {{ source = "{CHECKOUT}" }}
"""
PULP = ("pulp-api-1", "pulp-content-1", "pulp-worker-1")
SAY = ("python3", "-c", "from pulp_greeting.app.words import WORD; print(WORD)")


def greets(pulp: Pulp) -> list[str]:
    """What the code says that each process of Pulp has."""
    return [pulp.run("podman", "exec", name, *SAY).strip() for name in PULP]


def test_a_changed_file_comes_with_the_next_apply_and_restarts_what_runs_it(pulp: Pulp) -> None:
    before = pulp.read(SITE_FILE)
    checkouts.write(pulp, CHECKOUT, "pulp-greeting", {"__init__.py": INIT, "app/__init__.py": APP, WORDS: HELLO})
    pulp.write(SITE_FILE, before + PLUGINS)
    pulp.cli("apply")
    assert greets(pulp) == ["hello"] * 3
    assert "greeting" in {each["component"] for each in pulp.api("status/")["versions"]}
    assert pulp.plan() == NOTHING_TO_DO

    running = pulp.containers()
    pulp.write(f"{CHECKOUT}/pulp_greeting/{WORDS}", 'WORD = "welcome"\n')
    assert "its packages are locked first" in pulp.plan()
    pulp.cli("apply")
    assert greets(pulp) == ["welcome"] * 3
    now = pulp.containers()
    assert {name for name in running if running[name] != now[name]} == set(PULP)
    assert pulp.plan() == NOTHING_TO_DO

    pulp.cli("plugin", "remove", "pulp-greeting", "--yes")
    pulp.write(SITE_FILE, before)
    pulp.cli("apply")
    assert "greeting" not in {each["component"] for each in pulp.api("status/")["versions"]}
