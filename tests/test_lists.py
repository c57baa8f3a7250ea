"""What holds for every member of the explicit lists."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from pulp_quadlet.config.tables import Role, Site
from pulp_quadlet.plugins import PLUGINS
from pulp_quadlet.services import SERVICES
from pulp_quadlet.storage import BACKENDS
from tests.golden_cases import CASES, slices
from tests.sites import MINIMAL, compiled


def test_every_role_of_a_site_has_services() -> None:
    found = {service.role for service in compiled().deployment.services}
    assert {"database", "cache", "migrate", "routes", "api", "content", "worker", "web"} == found
    assert set(get_args(Role)) <= found


def test_every_file_of_services_is_in_the_list_once() -> None:
    modules = [part.__module__ for part in SERVICES]
    assert len(modules) == len(set(modules))


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_is_told_by_its_name_and_used_by_a_golden_case(backend: type) -> None:
    name = backend.model_fields["backend"].annotation.__args__[0]  # type: ignore[attr-defined]  # a pydantic model
    used = {each.compiled.site.storage.backend for case in CASES for each in slices(case)}
    assert name in used


@pytest.mark.parametrize("plugin", sorted(PLUGINS))
def test_every_known_plugin_compiles_and_brings_settings_that_python_reads(plugin: str) -> None:
    tree = compiled(MINIMAL + f'[plugins]\n{plugin} = "*"\n').tree
    settings = next(file.text for file in tree.files if file.path == "config/pulp/settings.py")
    compile(settings, "settings.py", "exec")
    recipe = next(file.text for file in tree.files if file.path == "images/pulp/Containerfile")
    installed = r'install\.py", "([^"]+)", \\\n    "([^"]+)"\]'
    assert re.findall(installed, recipe) == [("pulpcore", "pulpcore"), (plugin, plugin)]


def test_every_secret_that_a_service_reads_is_provided() -> None:
    for case in CASES:
        for each in slices(case):
            deployment = each.compiled.deployment
            provided = {secret.name for secret in deployment.secrets}
            assert {use.secret for service in deployment.services for use in service.secrets} <= provided


def test_every_setting_of_every_golden_case_reads_only_secrets_that_are_mounted() -> None:
    for case in CASES:
        for each in slices(case):
            for file in each.compiled.tree.files:
                if file.path == "config/pulp/settings.py":
                    read = set(re.findall(r"_secret\(['\"]([^'\"]+)['\"]\)", file.text))
                    worker = next(s for s in each.compiled.deployment.services if s.role in {"worker", "api"})
                    assert read <= {use.target for use in worker.secrets}


def test_a_site_has_a_default_for_everything_but_its_address() -> None:
    assert Site.model_validate({"site": {"url": "http://localhost"}}).http_port == 80
