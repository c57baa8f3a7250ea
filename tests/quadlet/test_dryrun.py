"""The output of `quadlet -dryrun`, recorded from Podman 5.4.2 and 5.8.6."""

from __future__ import annotations

from pulp_quadlet.quadlet.dryrun import messages, services

STDOUT = """\
---a-network.service---
[X-Network]

[Service]
Type=oneshot

---b.service---
[X-Container]
# --- not a separator ---
Image=x

"""
OF_5_4 = """\
quadlet-generator[7]: Loading source unit file /tmp/q/a.container
quadlet-generator[7]: Warning: r.container specifies the image "short" which not a fully qualified image name. This is
quadlet-generator[7]: converting "a.container": unsupported key 'Foo' in group 'Container' in /tmp/q/a.container
converting "b.container": no Image or Rootfs key specified
"""
OF_5_8 = """\
quadlet-generator[7]: Loading source unit file /tmp/q/a.container
quadlet-generator[7]: error loading "/tmp/q/c.container", file contains line 1: “[C” which is not a key-value pair
quadlet-generator[7]: No files parsed from [/tmp/q]
quadlet-generator[7]: processing encountered some errors
"""
CRASH = """\
quadlet-generator[7]: Loading source unit file /tmp/q/m.container
panic: runtime error: index out of range [0] with length 0

goroutine 1 [running]:
main.main()
"""


def test_services_by_name() -> None:
    assert services(STDOUT) == {
        "a-network.service": "[X-Network]\n\n[Service]\nType=oneshot\n",
        "b.service": "[X-Container]\n# --- not a separator ---\nImage=x\n",
    }
    assert services("") == {}


def test_messages_of_5_4() -> None:
    assert messages(OF_5_4) == (
        ("r.container", 'specifies the image "short" which not a fully qualified image name. This is'),
        ("a.container", "unsupported key 'Foo' in group 'Container' in /tmp/q/a.container"),
        ("b.container", "no Image or Rootfs key specified"),
    )


def test_messages_of_5_8() -> None:
    assert messages(OF_5_8) == (
        ("c.container", "file contains line 1: “[C” which is not a key-value pair"),
        ("", "No files parsed from [/tmp/q]"),
    )


def test_a_crash_is_one_message() -> None:
    assert messages(CRASH) == (("", "panic: runtime error: index out of range [0] with length 0"),)
