"""No value of a site file can add a directive, a word or a specifier to what is rendered.

Free text is put at every place where the site file takes some. What does not come out as an error must come out as
exactly that text: no line more, no key more. What Podman's own generator makes of it, tests/quadlet tells.
"""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.pipeline import Compiled
from tests.hostile_sites import benign, compiled, documents, keys, text

pytestmark = pytest.mark.long


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents)
def test_hostile_text_adds_no_directive(document: dict[str, Any]) -> None:
    found = compiled(document)
    if found is not None and found.tree.site == "pulp" and "plugins" not in document:
        assert keys(found) == keys(benign(document))


@settings(max_examples=100, deadline=None)
@given(text)
def test_hostile_text_stays_a_value_of_the_settings(value: str) -> None:
    found = compiled({"settings": {"HOSTILE": {"nested": [value]}}})
    assert found is not None
    source = next(file.text for file in found.tree.files if file.path == "config/pulp/settings.py")
    values = {
        statement.targets[0].id: statement.value
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    assert ast.literal_eval(values["HOSTILE"]) == {"nested": [value]}


@settings(max_examples=100, deadline=None)
@given(text)
def test_hostile_text_stays_one_word_of_pip(value: str) -> None:
    found = compiled({"image": {"pip_options": [f"--x={value}"]}})
    if found is None:
        return
    image = _image_of(found)
    assert image.packages is not None
    assert image.packages.options.count(f"--x={value}") == 1
    assert image.context == _image_of(benign({"image": {"pip_options": ["x"]}})).context


def _image_of(found: Compiled) -> BuiltImage:
    [image] = (each for each in found.deployment.images if each.role == "pulp" and isinstance(each, BuiltImage))
    return image
