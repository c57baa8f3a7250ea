"""The packages as they are built: what those say who look for mistakes in them, and what is in which place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.packages.conftest import Built

pytestmark = pytest.mark.lab

UNPACK = 'rm -rf /root/deb && mkdir /root/deb && for deb in "$0"/*.deb; do dpkg-deb --extract "$deb" /root/deb; done'
RPM_ROOT = "/root/rpm-root"
PLACES = {
    "dbus/org.pulpproject.Quadlet1.conf": "/usr/share/dbus-1/system.d/",
    "dbus/org.pulpproject.Quadlet1.service": "/usr/share/dbus-1/system-services/",
    "modules-load/pulp-quadlet.conf": "/usr/lib/modules-load.d/",
    "polkit/org.pulpproject.quadlet1.policy": "/usr/share/polkit-1/actions/",
    "systemd/pulp-quadlet-agent.path": "/usr/lib/systemd/system/",
    "systemd/pulp-quadlet-agent.service": "/usr/lib/systemd/system/",
    "systemd/pulp-quadlet-apply.service": "/usr/lib/systemd/system/",
    "systemd/pulp-quadlet-metrics.socket": "/usr/lib/systemd/system/",
    "systemd/pulp-quadlet-metrics@.service": "/usr/lib/systemd/system/",
    "systemd/system-generators/pulp-quadlet-generator": "/usr/lib/systemd/system-generators/",
    "tmpfiles/pulp-quadlet.conf": "/usr/lib/tmpfiles.d/",
}
OTHERS = {
    "/usr/bin/pulp-quadlet",
    "/usr/bin/pulp-quadlet-agent",
    "/usr/share/selinux/packages/pulp_quadlet.cil",
    "/usr/share/bash-completion/completions/pulp-quadlet",
    "/usr/share/fish/vendor_completions.d/pulp-quadlet.fish",
    "/usr/share/man/man1/pulp-quadlet.1.gz",
    "/usr/share/man/man5/site.toml.5.gz",
    "/usr/share/man/man8/pulp-quadlet-agent.8.gz",
}


def shipped() -> set[str]:
    """Where a package puts the files of packaging/ that systemd, the bus and polkit read."""
    return {f"{place}{Path(name).name}" for name, place in PLACES.items()}


def test_every_file_of_packaging_has_its_place() -> None:
    folder = Path(__file__).parents[2] / "packaging"
    kinds = ("dbus", "modules-load", "polkit", "systemd", "tmpfiles")
    files = (path for kind in kinds for path in (folder / kind).rglob("*") if path.is_file())
    assert set(PLACES) == {str(path.relative_to(folder)) for path in files}


def test_lintian_finds_nothing_without_a_reason(built: Built) -> None:
    look = 'lintian --allow-root --display-info --pedantic --fail-on error,warning,info,pedantic "$0"/*.changes'
    assert built.shell(look, built.first).strip() == ""


def test_rpmlint_finds_nothing_without_a_reason(built: Built) -> None:
    look = 'rpmlint --config "$1/rpmlint.toml" "$0"/*.rpm "$1/pulp-quadlet.spec"'
    said = built.shell(look, built.first, "/root/source/packaging/rpm")
    assert "2 packages and 1 specfiles checked; 0 errors, 0 warnings" in said


def test_shellcheck_finds_nothing_in_the_scripts(built: Built) -> None:
    look = "cd /root/source/packaging && shellcheck debian/*.postinst debian/*.prerm debian/*.postrm vagrant/*.sh"
    assert built.shell(look) == ""


def test_everything_is_in_its_place_in_a_deb(built: Built) -> None:
    built.shell(UNPACK, built.first)
    found = set(built.shell("cd /root/deb && find . -type f -printf '/%P\\n'").splitlines())
    assert shipped() | OTHERS | {"/usr/share/zsh/vendor-completions/_pulp-quadlet"} <= found
    assert not [path for path in found if path.startswith(("/etc/", "/var/", "/usr/local/"))]


def test_everything_is_in_its_place_in_an_rpm(built: Built) -> None:
    found = set(built.shell('for rpm in "$0"/*.rpm; do rpm -qpl "$rpm"; done', built.first).splitlines())
    own = {"/usr/share/zsh/site-functions/_pulp-quadlet", "/usr/lib/systemd/system-preset/90-pulp-quadlet.preset"}
    assert shipped() | OTHERS | own | {"/etc/pulp-quadlet", "/var/lib/pulp-quadlet"} <= found
    assert not [path for path in found if path.startswith(("/usr/local/", "/usr/com"))]


def test_a_deb_depends_on_packages_of_debian_alone(built: Built) -> None:
    depends = built.shell('dpkg-deb --field "$0"/pulp-quadlet_*.deb Depends', built.first)
    libraries = (
        *("click", "cryptography", "cyclonedx-lib", "dbus-next", "jinja2", "packaging", "podman", "pydantic"),
        *("requests", "rich", "tomli", "tomlkit"),
    )
    assert {re.split(r"[ :(]", each.strip())[0] for each in depends.split(",")} == {
        *("aardvark-dns", "default-dbus-system-bus", "netavark", "nftables", "podman", "polkitd", "systemd", "python3"),
        *(f"python3-{library}" for library in libraries),
    }


def test_an_rpm_leaves_as_it_came(built: Built) -> None:
    install = (
        f"rm -rf {RPM_ROOT} && mkdir {RPM_ROOT} && cd {RPM_ROOT}"
        f' && rpm --root {RPM_ROOT} --initdb && rpm --root {RPM_ROOT} -i --nodeps --noscripts "$0"/*.rpm'
        f" && rpm --root {RPM_ROOT} -V --nodeps pulp-quadlet pulp-quadlet-selinux"
    )
    assert "missing" not in built.shell(install, built.first)
    names = [each["name"] for each in rpm_packages(built)]
    assert names == ["pulp-quadlet", "pulp-quadlet-selinux"]
    ask = f"PYTHONPATH=$(echo {RPM_ROOT}/usr/lib/python3*/site-packages) python3 -m pulp_quadlet --version"
    version = built.shell(ask)
    assert version.startswith("pulp-quadlet, version ")
    built.shell(f"find {RPM_ROOT} -name __pycache__ -prune -exec rm -r {{}} +")
    built.shell(f"rpm --root {RPM_ROOT} -e --noscripts pulp-quadlet-selinux pulp-quadlet")
    assert built.shell(f"find {RPM_ROOT} -iname '*pulp*'") == ""


def rpm_packages(built: Built) -> Any:
    """Those of RPM, by what a bill of materials is made of; they are as RPM itself tells them."""
    program = (Path(__file__).parents[2] / "units/images/contents.py").read_text()
    asked = json.dumps({"roots": [RPM_ROOT], "verify": False})
    found = json.loads(built.shell('python3 -I -c "$0" "$1"', program, asked))["rpm"]
    told = f"rpm --root {RPM_ROOT} -qa --queryformat '%{{NAME}} %{{EVR}} %{{ARCH}} %{{LICENSE}}\\n' | sort"
    lines = [" ".join(each[key] for key in ("name", "version", "architecture", "licence")) for each in found]
    assert sorted(lines) == built.shell(told).splitlines()
    return sorted(found, key=lambda each: str(each["name"]))


def test_the_scripts_of_an_rpm_are_shell(built: Built) -> None:
    scripts = 'for rpm in "$0"/*.rpm; do rpm -qp --scripts "$rpm" | sed "/^[a-z]* scriptlet /d" | sh -n; done'
    assert built.shell(scripts, built.first) == ""


@pytest.mark.parametrize("page", ["man1/pulp-quadlet.1", "man5/site.toml.5", "man8/pulp-quadlet-agent.8"])
def test_pages_are_clean(built: Built, page: str) -> None:
    built.shell(UNPACK, built.first)
    show = (
        "zcat /root/deb/usr/share/man/$0.gz >/root/page && mandoc -Tlint -W warning /root/page"
        " && LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings --local-file /root/page >/root/shown"
    )
    assert built.shell(show, page) == ""
    shown = built.shell("cat /root/shown")
    assert "NAME" in shown
    # groff fills lines with spaces, and may break one behind the slash
    assert ".md" not in re.sub(r"docs/\s*\w+\.md", "", shown)


def test_completions_are_of_their_shells(built: Built) -> None:
    built.shell(UNPACK, built.first)
    places = {
        "bash": "bash-completion/completions/pulp-quadlet",
        "zsh": "zsh/vendor-completions/_pulp-quadlet",
        "fish": "fish/vendor_completions.d/pulp-quadlet.fish",
    }
    for shell, place in places.items():
        file = f"/root/deb/usr/share/{place}"
        assert built.shell(f"{shell} -n {file}") == ""
        assert f"_PULP_QUADLET_COMPLETE={shell}_complete" in built.shell(f"cat {file}")


@pytest.mark.thorough  # where SELinux is on, the computer of Vagrant shows it
def test_the_module_comes_into_the_policy_and_leaves_it_where_selinux_is_off(built: Built) -> None:
    """The kernel has none: a host that switches it on later has the module, and another is not hurt."""
    stored = "ls /var/lib/selinux/default/active/modules/400 2>/dev/null || true"
    assert built.shell(stored) == ""
    built.shell('dpkg --install "$0"/*.deb', built.first)
    assert built.shell(stored) == "pulp_quadlet\n"
    built.shell('dpkg --install "$0"/*.deb', built.second)
    assert built.shell(stored) == "pulp_quadlet\n"
    built.shell("dpkg --purge pulp-quadlet-selinux pulp-quadlet")
    assert built.shell(stored) == ""
