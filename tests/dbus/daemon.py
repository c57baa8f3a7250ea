"""A message bus for tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.lab.command import run

# Like the system bus for who may talk, unlike it for who may own a name.
CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={folder}/socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
    <deny own="org.example.Forbidden"/>
  </policy>
</busconfig>
"""


class Daemon:
    """A message bus of its own."""

    def __init__(self, folder: Path) -> None:
        configuration = folder / "bus.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder))
        started = run(
            ["dbus-daemon", f"--config-file={configuration}", "--fork", "--print-address=1", "--print-pid=1"],
        )
        self.address, pid = started.stdout.split()
        self._pid = int(pid)

    def kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._pid = 0
