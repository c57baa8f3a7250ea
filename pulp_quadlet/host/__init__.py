"""The real machine: one file for each door. `command` starts processes, `systemd` and `podman` talk to theirs,
`files` writes. Foreign errors become HostError here and nowhere else.
"""
