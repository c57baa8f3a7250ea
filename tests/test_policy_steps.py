"""What SELinux is told, and in which order: modules, labels, and what is taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pulp_quadlet.changing.change import Done
from pulp_quadlet.errors import HostError
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.policy import BASE, PolicyModule
from pulp_quadlet.model.steps import LoadPolicy, Relabel, RemovePolicy
from pulp_quadlet.pipeline import Request, apply
from pulp_quadlet.planning.labels import file_contexts, read_mark, types, wanted_mark, write_mark
from pulp_quadlet.planning.plan import plan
from pulp_quadlet.planning.rollback import with_shared
from pulp_quadlet.report.plan import plan_json, plan_text
from tests.fake_host import FakeHost, Heard
from tests.policies import kind, policy, with_policy
from tests.sites import compiled

ROOTS = ("/etc/pulp-quadlet/pulp", "/srv/pulp")


def host() -> FakeHost:
    """One with SELinux, and nothing of ours."""
    made = FakeHost()
    made.state = replace(made.state, policies={})
    return made


def generation(*roots: str, rule: str = "") -> Generation:
    found = compiled().generation(Origin())
    return with_policy(found, policy(*roots, rule=rule)) if roots else found


def applied(wanted: Generation, on: FakeHost) -> Done:
    return asyncio.run(apply(Request(wanted=wanted), on, Heard()))


def planned(wanted: Generation, on: FakeHost) -> Plan:
    return plan(wanted.deployment, wanted.tree, on.state)


def test_modules_are_loaded_and_files_labelled_before_anything_starts() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    load = on.did.index("load pulp_quadlet, pulp_quadlet_pulp")
    switch, label = on.did.index("switch"), on.did.index("label /etc/pulp-quadlet/pulp /srv/pulp")
    first = next(number for number, did in enumerate(on.did) if did.startswith("start "))
    assert load < switch < on.did.index("directories") < label < first
    assert planned(generation(*ROOTS), on).steps == ()


def test_a_host_that_suddenly_has_selinux_starts_nothing_before_its_policy() -> None:
    on = FakeHost()
    applied(generation(), on)
    down = {name: replace(unit, active="inactive", sub="dead") for name, unit in on.state.units.items()}
    on.state = replace(on.state, policies={}, units=down, containers={})
    on.did.clear()
    applied(generation(*ROOTS), on)
    assert on.did.index("load pulp_quadlet, pulp_quadlet_pulp") < on.did.index("start pulp-postgres.service")


def test_a_host_without_selinux_is_told_nothing() -> None:
    on = FakeHost()
    applied(generation(*ROOTS), on)
    assert not [did for did in on.did if did.startswith(("load ", "label ", "remove "))]
    assert planned(generation(*ROOTS), on).steps == ()
    assert planned(generation(*ROOTS), on).drift == ()


def test_a_site_without_a_policy_does_nothing_where_selinux_is() -> None:
    on = host()
    applied(generation(), on)
    assert not [did for did in on.did if did.startswith(("load ", "label ", "remove "))]


def test_a_rule_is_loaded_anew_and_no_file_is_looked_at() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    made = planned(generation(*ROOTS, rule="another"), on)
    assert [type(step).__name__ for step in made.steps] == ["LoadPolicy", "Install", "ReloadUnits"]
    assert made.steps[0].why == ("pulp_quadlet_pulp changed",)


def test_only_folders_whose_labels_are_new_are_looked_at() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    made = planned(generation(*ROOTS, "/srv/more"), on)
    [label] = [step for step in made.steps if isinstance(step, Relabel)]
    assert label.paths == ("/srv/more",)
    assert label.why == ("the labels below are new, so all files there are looked at",)
    assert label.title == "label 1 folder"


def test_a_folder_that_is_as_it_should_be_is_left_out_of_the_one_around_it() -> None:
    on = host()
    applied(generation("/srv", "/srv/pulp", "/srv/web"), on)
    assert "label /srv" in on.did
    on.state = replace(on.state, labels={**on.state.labels, "/srv": "var_t"})
    [label] = planned(generation("/srv", "/srv/pulp", "/srv/web"), on).steps
    assert isinstance(label, Relabel)
    assert (label.paths, label.spared) == (("/srv",), ("/srv/pulp", "/srv/web"))


def test_a_plan_names_the_folders_that_it_walks_through() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    told = plan_text(plan_json(planned(generation(*ROOTS, "/srv/more", rule="another"), on)))
    assert (
        "  1. load SELinux modules pulp_quadlet, pulp_quadlet_pulp: pulp_quadlet_pulp changed\n"
        "  2. install 1 file: 1 changed\n"
        "       ~ selinux/pulp_quadlet_pulp.cil\n"
        "  3. label 1 folder: the labels below are new, so all files there are looked at\n"
        "       > /srv/more\n"
        "  4. reload units: units were changed\n"
    ) in told


def test_a_path_that_left_gets_the_labels_of_the_system_when_nothing_uses_it_any_more() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    applied(generation(ROOTS[0]), on)
    assert on.did[-3:] == ["label /srv/pulp", "commit 2", "end"]
    assert on.state.labels["/srv/pulp"] == "default_t"
    assert planned(generation(ROOTS[0]), on).steps == ()


def test_what_was_removed_or_altered_by_hand_is_told_and_mended() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    assert on.state.policies is not None
    on.state = replace(on.state, policies={"pulp_quadlet": "; other\n"})
    made = planned(generation(*ROOTS), on)
    assert [(row.what, row.how) for row in made.drift] == [
        ("SELinux module pulp_quadlet", "was altered by hand"),
        ("SELinux module pulp_quadlet_pulp", "was removed"),
    ]
    [load] = made.steps
    assert isinstance(load, LoadPolicy)
    assert load.title == "load SELinux modules pulp_quadlet, pulp_quadlet_pulp"
    assert load.why == ("pulp_quadlet was altered by hand", "pulp_quadlet_pulp was removed")


def test_a_shared_module_that_came_with_another_site_stays() -> None:
    """It is no drift, and going back to a generation with an older one does not bring that back."""
    on = host()
    for rule in ("first", "second"):
        applied(generation(*ROOTS, rule=rule), on)
    newer = PolicyModule(name=BASE, text="; shared, newer\n")
    assert on.state.policies is not None
    on.state = replace(on.state, policies={**on.state.policies, BASE: newer.text})
    assert [row.what for row in planned(generation(*ROOTS, rule="second"), on).drift] == ["SELinux module pulp_quadlet"]
    assert planned(with_shared(generation(*ROOTS, rule="second"), newer), on).drift == ()
    back = with_shared(generation(*ROOTS, rule="first"), newer)
    [load] = (step for step in planned(back, on).steps if isinstance(step, LoadPolicy))
    assert load.why == ("pulp_quadlet_pulp changed",)
    applied(back, on)
    assert (on.state.policies or {})[BASE] == newer.text
    assert planned(back, on).steps == ()


def test_what_has_no_policy_shares_none() -> None:
    assert with_shared(generation(), PolicyModule(name=BASE, text="")) == generation()


def test_a_label_that_was_changed_by_hand_is_told_and_mended() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    on.state = replace(on.state, labels={**on.state.labels, "/srv/pulp": "var_t"})
    made = planned(generation(*ROOTS), on)
    assert [(row.what, row.how) for row in made.drift] == [
        ("/srv/pulp", f"carries the label var_t, not {kind('/srv/pulp')}")
    ]
    [label] = made.steps
    assert isinstance(label, Relabel)
    assert label.why == (f"/srv/pulp carries var_t, not {kind('/srv/pulp')}",)
    applied(generation(*ROOTS), on)
    assert planned(generation(*ROOTS), on).steps == ()


def test_labels_that_were_begun_and_not_ended_are_begun_anew() -> None:
    on = host()
    on.broken_once = {f"label {' '.join(ROOTS)}"}
    with pytest.raises(HostError):
        applied(generation(*ROOTS), on)
    assert read_mark(on.state.runs["selinux"]) == {}


def test_modules_leave_last_and_the_shared_one_with_the_last_site() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    made = planned(generation(), on)
    assert [type(step) for step in made.steps[-2:]] == [RemovePolicy, Relabel]
    assert made.steps[-2].title == "remove SELinux modules pulp_quadlet_pulp, pulp_quadlet"
    applied(generation(), on)
    assert on.state.policies == {}
    assert set(on.state.labels.values()) == {"default_t"}
    assert planned(generation(), on).steps == ()


@pytest.mark.parametrize("reason", ["another site", "confined"])
def test_the_shared_module_stays_while_somebody_needs_it(reason: str) -> None:
    on = host()
    applied(generation(*ROOTS), on)
    if reason == "confined":
        on.state = replace(on.state, confined=True)
    else:
        on.state = replace(on.state, policies={**(on.state.policies or {}), "pulp_quadlet_other": "; other\n"})
    applied(generation(), on)
    assert "remove pulp_quadlet_pulp" in on.did
    assert "pulp_quadlet" in (on.state.policies or {})
    assert planned(generation(), on).steps == ()


def test_a_first_apply_that_fails_takes_its_modules_back() -> None:
    on = host()
    on.broken = {"start pulp-web.service"}
    with pytest.raises(HostError):
        applied(generation(*ROOTS), on)
    assert on.state.policies == {}
    assert set(on.state.labels.values()) == {"default_t"}


def test_a_failed_change_brings_back_the_former_modules() -> None:
    on = host()
    applied(generation(*ROOTS), on)
    before = on.state.policies
    on.broken_once = {"switch"}
    with pytest.raises(HostError):
        applied(generation(*ROOTS, rule="another"), on)
    assert on.state.policies == before


def test_file_contexts_are_read_from_the_policy() -> None:
    text = r"""
(filecon "/srv/my\.site(/.*)?" any (system_u object_r pq_data_t ((s0) (s0))))
(filecon "/usr/lib/podman(/.*)?" file (system_u object_r bin_t ((s0) (s0))))
(filecon "/run/app/[^/]+\.sock" socket (system_u object_r app_t ((s0) (s0))))
(filecon "/usr/bin/agent" file (system_u object_r agent_exec_t ((s0) (s0))))
(filecon "/srv/none" any ())
"""
    assert types(file_contexts([text])) == {"/srv/my.site": "pq_data_t", "/usr/bin/agent": "agent_exec_t"}
    assert [each.stem for each in file_contexts([text])] == [
        *("/srv/my.site", "/usr/lib/podman", "/run/app", "/usr/bin/agent", "/srv/none")
    ]


def test_the_mark_of_a_folder_depends_on_what_is_said_around_it() -> None:
    made = policy("/a", "/ab", "/a/c")
    below = PolicyModule(name="more", text='(filecon "/a/d/[0-9]+" any (system_u object_r other_t ((s0) (s0))))\n')
    one, other = wanted_mark(made), wanted_mark(replace(made, modules=(*made.modules, below)))
    assert one["/a"] != other["/a"]
    assert one["/ab"] == other["/ab"]
    # what lies in another path of ours has a digest of its own
    assert one["/a/c"] == other["/a/c"]
    assert one["/a"] == wanted_mark(policy("/a", "/ab"))["/a"]
    assert read_mark(write_mark({"/a path": "12", "/b": "34"})) == {"/a path": "12", "/b": "34"}
