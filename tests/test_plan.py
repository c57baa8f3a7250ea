"""A plan says what differs from what runs, with reasons, and a plan after its apply is empty."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pulp_quadlet.changing.change import Done
from pulp_quadlet.errors import HostError
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.host_state import SecretState
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.steps import Install, StartUnits
from pulp_quadlet.pipeline import Compiled, Request, plan_change
from pulp_quadlet.pipeline import apply as pipeline_apply
from pulp_quadlet.report.plan import plan_json, plan_text
from tests.fake_host import UP, FakeHost, Heard
from tests.sites import MINIMAL, compiled


def planned(site: Compiled, host: FakeHost) -> Plan:
    return asyncio.run(plan_change(site.generation(Origin()), host, site.locate)).plan


def apply(site: Compiled, host: FakeHost) -> Done:
    request = Request(wanted=site.generation(Origin()), locate=site.locate)
    return asyncio.run(pipeline_apply(request, host, Heard()))


def applied(text: str = MINIMAL) -> FakeHost:
    host = FakeHost()
    apply(compiled(text), host)
    host.did.clear()
    return host


def titles(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Each step by its title, each unit that is started by its own."""
    found: dict[str, tuple[str, ...]] = {}
    for step in plan.steps:
        if isinstance(step, StartUnits):
            found |= {f"start {unit}": why for unit, why in step.units}
        else:
            found[step.title] = step.why
    return found


def test_an_empty_host_gets_everything_in_start_order() -> None:
    host = FakeHost()
    apply(compiled(), host)
    assert host.did == [
        "image pulp",
        "image postgres",
        "image cache",
        "image web",
        "stage",
        "begin",
        "secret pulp-postgres-password",
        "secret pulp-secret-key",
        "secret pulp-fields-key",
        "secret pulp-admin-password",
        "switch",
        "directories",
        "reload",
        "start pulp-content.socket",
        "start pulp-content-1-health.socket",
        "start pulp-content-2-health.socket",
        "start pulp-api.socket",
        "start pulp-api-1-health.socket",
        "start pulp-api-2-health.socket",
        "start pulp-web.socket",
        "start pulp-postgres.service",
        "start pulp-cache.service",
        "start pulp-migrate.service",
        "start pulp-routes.service",
        "start pulp-worker-1.service",
        "start pulp-worker-2.service",
        "start pulp-content-1.service",
        "start pulp-content-2.service",
        "start pulp-api-1.service",
        "start pulp-api-2.service",
        "start pulp-web.service",
        "start pulp.target",
        "commit 1",
        "end",
    ]


def test_a_plan_after_its_apply_is_empty() -> None:
    assert planned(compiled(), applied()).steps == ()


def test_one_more_worker_starts_that_worker_alone() -> None:
    plan = planned(compiled(MINIMAL + "[workers]\ncount = 3\n"), applied())
    assert list(titles(plan)) == [
        "install 2 files",
        "reload units",
        "start pulp-worker-3.service",
    ]


def test_one_worker_less_is_stopped_before_its_unit_goes() -> None:
    host = applied()
    plan = planned(compiled(MINIMAL + "[workers]\ncount = 1\n"), host)
    assert [step.title for step in plan.steps][:2] == ["stop pulp-worker-2.service", "install 2 files"]
    install = next(step for step in plan.steps if isinstance(step, Install))
    assert ("remove", "quadlet/pulp-worker-2.container") in {(change.kind, change.path) for change in install.changes}


def test_data_that_is_not_used_any_more_is_kept_and_told() -> None:
    text = MINIMAL + '[database]\nhost = "db.example.org"\npassword = { secret = "corporate" }\n'
    host = applied()
    host.state = replace(host.state, secrets={**host.state.secrets, "corporate": SecretState(updated=0.0)})
    plan = planned(compiled(text), host)
    assert plan.kept == ("/var/lib/pulp-quadlet/pulp/postgres", "secret pulp-postgres-password")
    assert plan_text(plan_json(plan)).splitlines()[-2] == (
        "Kept, though nothing uses it then: /var/lib/pulp-quadlet/pulp/postgres, secret pulp-postgres-password"
    )


def test_a_memory_limit_restarts_the_workers_and_says_why() -> None:
    plan = planned(compiled(MINIMAL + '[workers]\nmemory = "2G"\n'), applied())
    assert titles(plan)["restart pulp-worker-1.service"] == (
        "quadlet/pulp-worker-1.container changed: workers.memory (site.toml:5)",
    )
    assert "restart pulp-api-1.service" not in titles(plan)


def test_a_setting_restarts_what_cannot_reload_and_migrates_nothing() -> None:
    host, site = applied(), compiled(MINIMAL + "[settings]\nANALYTICS = false\n")
    plan = planned(site, host)
    assert list(titles(plan))[2:] == [
        "restart pulp-worker-1.service",
        "restart pulp-worker-2.service",
        "restart pulp-content-1.service",
        "restart pulp-content-2.service",
        "reload pulp-api-1.service",
        "reload pulp-api-2.service",
    ]
    assert titles(plan)["reload pulp-api-1.service"] == (
        "config/pulp/settings.py changed: settings.ANALYTICS (site.toml:5)",
    )
    apply(site, host)
    assert planned(site, host).steps == ()


def test_what_a_migration_keeps_in_the_database_migrates_again() -> None:
    plan = planned(compiled(MINIMAL + "[settings]\nHIDE_GUARDED_DISTRIBUTIONS = true\n"), applied())
    assert titles(plan)["restart pulp-migrate.service"] == (
        "config/pulp/stored.py changed: settings.HIDE_GUARDED_DISTRIBUTIONS (site.toml:5)",
    )


def test_what_only_nginx_reads_is_a_reload_of_nginx() -> None:
    host, site = applied(), compiled(MINIMAL + "[api]\ntimeout = 300\n")
    plan = planned(site, host)
    assert titles(plan)["reload pulp-web.service"] == ("config/web/nginx.conf changed: api.timeout (site.toml:5)",)
    apply(site, host)
    assert planned(site, host).steps == ()


def test_other_plugins_build_an_image_and_restart_what_runs_it() -> None:
    plan = planned(compiled(MINIMAL + '[plugins]\npulp-deb = "*"\n'), applied())
    assert plan.steps[0].title.startswith("build localhost/pulp-quadlet/pulp:")
    assert titles(plan)["reload pulp-web.service"] == ("pulp-routes runs again",)
    assert "restart pulp-postgres.service" not in titles(plan)


def test_a_database_that_restarts_takes_its_users_with_it() -> None:
    many = compiled(MINIMAL + "[workers]\ncount = 40\n[settings]\nANALYTICS = false\n")
    host = applied()
    plan = planned(many, host)
    restarts = [title for title in titles(plan) if title.startswith("restart")]
    assert restarts == ["restart pulp-postgres.service"]  # max_connections grew
    assert titles(plan)["start pulp-migrate.service"] == ("it restarts together with pulp-postgres",)
    apply(many, host)
    assert planned(many, host).steps == ()


def test_what_does_not_run_is_started() -> None:
    host = applied()
    units = {**host.state.units, "pulp-api-2.service": replace(UP, active="failed")}
    host.state = replace(host.state, units=units)
    assert titles(planned(compiled(), host)) == {"start pulp-api-2.service": ("it is failed",)}


def test_a_container_from_an_older_unit_is_restarted_even_when_the_files_are_right() -> None:
    host = applied()
    stale = replace(host.state.containers["pulp-web"], digest="older")
    host.state = replace(host.state, containers={**host.state.containers, "pulp-web": stale})
    assert titles(planned(compiled(), host)) == {
        "restart pulp-web.service": ("it runs from an older unit or configuration",)
    }


def test_an_image_that_was_built_anew_under_its_name_restarts_its_services() -> None:
    host = applied()
    reference = next(service.image for service in compiled().deployment.services if service.role == "web")
    host.state = replace(host.state, images={**host.state.images, reference: "other"})
    assert titles(planned(compiled(), host)) == {
        "restart pulp-web.service": (f"image {reference} is another one by now",)
    }


def test_a_secret_changed_behind_our_back_restarts_its_users() -> None:
    host = applied()
    newer = SecretState(updated=host.clock + 100)
    host.state = replace(host.state, secrets={**host.state.secrets, "pulp-secret-key": newer})
    assert titles(planned(compiled(), host))["restart pulp-api-1.service"] == (
        "secret pulp-secret-key is newer than the container",
    )


def test_a_changed_socket_stops_its_services_before_it_opens_anew() -> None:
    plan = planned(compiled(MINIMAL.replace("8080", "8081")), applied())
    order = [step.title for step in plan.steps]
    # and no sooner: nothing but its own start comes between
    assert order[-3:] == ["stop pulp-web.service", "restart pulp-web.socket", "start pulp-web.service"]
    assert (
        order.index("stop pulp-web.service")
        < order.index("restart pulp-web.socket")
        < order.index("start pulp-web.service")
    )


def test_a_failure_stops_and_tells_what_was_done() -> None:
    host = FakeHost(broken={"start pulp-migrate.service"})
    with pytest.raises(HostError) as caught:
        apply(compiled(), host)
    problem = caught.value.problems[0]
    assert problem.message == "start pulp-migrate.service failed"
    assert problem.notes[0] == "tried: start 19 units, because they are not running as they should"
    assert problem.notes[1] == "the fake host was told so"
    assert problem.notes[2].endswith("install 60 files, make 6 folders, reload units")
    assert problem.notes[3] == "not done: nothing more was planned"
    assert caught.value.outcome == (
        "pulp went back to a host without it: nothing of it is left running; images, secrets and data are kept"
    )
    assert (host.state.generation, host.opened) == (0, None)
    assert not any(unit.runs for unit in host.state.units.values())
    host.broken.clear()
    assert apply(compiled(), host).verdict.healthy


def test_a_secret_that_only_a_person_can_give_is_asked_for_before_anything_is_done() -> None:
    text = MINIMAL + '[database]\nhost = "db.example.org"\npassword = { secret = "corporate" }\n'
    with pytest.raises(HostError) as caught:
        planned(compiled(text), FakeHost())
    problem = caught.value.problems[0]
    assert problem.message == "this host has no Podman secret `corporate`"
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (6, 12)


def test_what_stands_where_a_link_belongs_is_told_before_anything_is_done() -> None:
    """Our own links are no obstacle, and neither are those of an older generation's place."""
    host = applied()
    path = "/etc/systemd/system/pulp-web.socket"
    for found in (None, "../../somebody/pulp-web.socket"):
        links = {**host.state.links, path: found}
        with pytest.raises(HostError) as caught:
            planned(compiled(), FakeHost(state=replace(host.state, links=links)))
        [problem] = caught.value.problems
        assert (problem.code, caught.value.outcome) == ("path-taken", "nothing was changed")
        assert problem.message == f"{path} is there already and does not belong to this site"
    older = {**host.state.links, path: "../../pulp-quadlet/pulp/current/elsewhere"}
    assert planned(compiled(), replace(host, state=replace(host.state, links=older))).steps


def test_an_image_from_elsewhere_is_looked_into_before_it_is_used() -> None:
    site = compiled(MINIMAL + '[image]\nsource = "registry"\n')
    host = FakeHost()
    name = "quay.io/pulp/pulp-minimal:stable"
    host.state = replace(host.state, images={name: "id"}, unseen=frozenset({name}))
    found = titles(planned(site, host))
    assert found[f"look into {name}"] == ("it was not looked at yet",)
    assert found["pull docker.io/library/postgres:17"] == ("no such image on this host",)


def test_an_image_from_a_file_is_loaded() -> None:
    site = compiled(MINIMAL + '[image]\nsource = "archive"\narchive = "/srv/pulp.tar"\n')
    assert "load quay.io/pulp/pulp-minimal:stable" in titles(planned(site, FakeHost()))


def test_a_plugin_of_which_nothing_is_known_is_told() -> None:
    site = compiled(MINIMAL + '[plugins]\npulp-rpm = "*"\npulp-own = "*"\n')
    [why] = [why for title, why in titles(planned(site, FakeHost())).items() if "/pulp:" in title]
    assert why[-1:] == ("what pulp-own needs of the system and of SELinux is not known",)


def test_an_image_that_lost_its_name_is_named_again_and_nothing_restarts() -> None:
    host, site = applied(), compiled()
    [name] = (image.reference for image in site.deployment.images if image.role == "pulp")
    host.state = replace(host.state, unseen=frozenset({name}))
    assert titles(planned(site, host)) == {f"name {name}": ("its name was taken away",)}
