"""Frozen values survive JSON, and what is no such value is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulp_quadlet.model.codec import UnreadableValue, from_data, to_data
from pulp_quadlet.model.deployment import BuiltImage, Deployment, Image, PulledImage, TextFile
from pulp_quadlet.model.generation import Origin, Transaction
from pulp_quadlet.model.service import Health, Owner
from tests.golden_cases import CASES, slices
from tests.sites import TARGET, compiled


@pytest.mark.parametrize("case", CASES)
def test_every_deployment_survives(case: str) -> None:
    for each in slices(case):
        deployment = each.compiled.deployment
        assert from_data(Deployment, json.loads(json.dumps(to_data(deployment)))) == deployment


def test_an_origin_survives_with_its_target() -> None:
    origin = Origin(kind="rollback", target=TARGET, one_way=("rpm.0073_x",), made=1.5)
    assert from_data(Origin, json.loads(json.dumps(to_data(origin)))) == origin


@pytest.mark.parametrize(
    "image",
    [
        BuiltImage(reference="localhost/a:b", role="pulp", context=(TextFile(path="a", text="b"),), network=False),
        PulledImage(reference="quay.io/a:b", role="pulp", origin=("image", "pulp", 3)),
    ],
)
def test_kinds_are_told_apart_by_their_fields(image: Image) -> None:
    deployment = compiled().deployment
    data = {**to_data(deployment), "images": [to_data(image)]}
    assert from_data(Deployment, data).images == (image,)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Owner, {"uid": "1", "gid": 2}),
        (Owner, {"uid": True, "gid": 2}),
        (Owner, {"uid": 1}),
        (Owner, {"uid": 1, "gid": 2, "name": "pulp"}),
        (Owner, [1, 2]),
        (Health, {"command": "true"}),
        (Transaction, {"site": "pulp", "kind": "wish", "before": 1, "after": 2}),
    ],
)
def test_what_is_no_such_value_is_refused(kind: type, data: Any) -> None:
    with pytest.raises(UnreadableValue):
        from_data(kind, data)
