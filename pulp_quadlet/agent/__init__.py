"""The agent: changes of the host as jobs on D-Bus, and the command line's way to it.

It stays small while it waits. Whatever needs the compiler, Podman or systemd is done by a process of its own,
`work.py`.
"""
