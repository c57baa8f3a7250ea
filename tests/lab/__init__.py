"""The lab: a disposable Debian machine with a real systemd and a real Podman.

:class:`tests.lab.machine.Machine` is its door; `python -m tests.lab` is the same from a shell. It needs root, and
leaves the host as it was when the last machine is destroyed (caches apart).
"""
