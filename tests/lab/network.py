"""A machine's own network namespace, with a way out through the host.

All names follow from the machine's, and free addresses are read from the host: no file can be out of date, so that
`down` works after any crash.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import host
from tests.lab.command import run

if TYPE_CHECKING:
    from collections.abc import Iterator

POOL = IPv4Network("198.51.100.0/24")  # TEST-NET-2: nobody's addresses
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
LOCK = Path("/run/pulp-quadlet-lab.lock")
FORWARDING_BEFORE = Path("/run/pulp-quadlet-lab.ip_forward")
PREFIX = "lab-"


@dataclass(frozen=True, slots=True)
class Network:
    machine: str

    @property
    def netns(self) -> str:
        return PREFIX + self.machine

    @property
    def path(self) -> Path:
        return Path("/run/netns", self.netns)

    @property
    def device(self) -> str:
        """The host's end of the wire. Interface names hold 15 characters only."""
        return "lab" + hashlib.sha256(self.machine.encode()).hexdigest()[:10]

    @property
    def table(self) -> str:
        return f"pulp_quadlet_lab_{self.machine.replace('-', '_')}"

    def up(self) -> None:
        with _alone():
            near, far = _free_pair()
            uplink = host.uplink()
            _ip("netns", "add", self.netns)
            peer = ["peer", "name", "eth0", "netns", self.netns, "mtu", str(uplink.mtu)]
            _ip("link", "add", self.device, "mtu", str(uplink.mtu), "type", "veth", *peer)
            _ip("address", "add", str(near), "dev", self.device)
            _ip("link", "set", self.device, "up")
            inside = ["-netns", self.netns]
            _ip(*inside, "link", "set", "lo", "up")
            _ip(*inside, "address", "add", str(far), "dev", "eth0")
            _ip(*inside, "link", "set", "eth0", "up")
            _ip(*inside, "route", "add", "default", "via", str(near.ip))
            self._let_out(near.network)

    def clear(self) -> None:
        """Forget what the machine's last life left behind: a power cut would not spare its bridges and rules either.

        The namespace itself stays, and with it the programs of the host that watch the machine from there.
        """
        links = json.loads(run(["ip", "-netns", self.netns, "-json", "link", "show"]).stdout)
        for name in {link["ifname"] for link in links} - {"lo", "eth0"}:
            # The other end of a pair may have taken it away already.
            run(["ip", "-netns", self.netns, "link", "delete", name], check=False)
        run(["nsenter", f"--net={self.path}", "nft", "flush", "ruleset"])

    def down(self) -> None:
        """Remove all of it, whatever is there. Programs that still run in the namespace are ended."""
        with _alone():
            if self.path.exists():
                for pid in run(["ip", "netns", "pids", self.netns], check=False).stdout.split():
                    with suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
                # The namespace itself may live on for a moment, and with it the wire: that goes first.
                run(["ip", "link", "delete", self.device], check=False)
                _ip("netns", "delete", self.netns)
            run(["nft", "delete", "table", "ip", self.table], check=False)
            self._forget_the_firewall()
            if FORWARDING_BEFORE.exists() and not list(self.path.parent.glob(f"{PREFIX}*")):
                FORWARDING.write_text(FORWARDING_BEFORE.read_text())
                FORWARDING_BEFORE.unlink()

    def _let_out(self, network: IPv4Network) -> None:
        if not FORWARDING_BEFORE.exists():
            FORWARDING_BEFORE.write_text(FORWARDING.read_text())
        FORWARDING.write_text("1")
        masquerade = f'ip saddr {network} oifname != "{self.device}" masquerade'
        chain = f"type nat hook postrouting priority srcnat; policy accept; {masquerade}"
        run(["nft", "-f", "-"], input=f"table ip {self.table} {{ chain out {{ {chain}; }}; }}\n".encode())
        if _host_drops_forwarded():
            for direction in ("iifname", "oifname"):
                run(["nft", "insert", "rule", "ip", "filter", "FORWARD", direction, self.device, "accept"])

    def _forget_the_firewall(self) -> None:
        for rule in _forward_rules():
            if self.device in json.dumps(rule):
                run(["nft", "delete", "rule", "ip", "filter", "FORWARD", "handle", str(rule["handle"])])


def _ip(*argv: str) -> None:
    run(["ip", *argv])


def _addresses_in_use() -> set[IPv4Network]:
    links = json.loads(run(["ip", "-json", "-4", "address", "show"]).stdout)
    pairs = (
        IPv4Interface(f"{entry['local']}/{entry['prefixlen']}").network
        for link in links
        for entry in link.get("addr_info", ())
    )
    return {pair for pair in pairs if pair.subnet_of(POOL)}


def _free_pair() -> tuple[IPv4Interface, IPv4Interface]:
    taken = _addresses_in_use()
    for pair in POOL.subnets(new_prefix=30):
        if not any(pair.overlaps(other) for other in taken):
            near, far = pair.hosts()
            return IPv4Interface(f"{near}/30"), IPv4Interface(f"{far}/30")
    raise RuntimeError(f"all address pairs of {POOL} are in use: too many machines")


def _host_drops_forwarded() -> bool:
    """Docker and ufw set this policy, and a rule of ours in another table cannot overrule a drop."""
    listed = run(["nft", "-j", "list", "chain", "ip", "filter", "FORWARD"], check=False)
    return listed.status == 0 and any(
        item.get("chain", {}).get("policy") == "drop" for item in json.loads(listed.stdout)["nftables"]
    )


def _forward_rules() -> list[dict[str, object]]:
    listed = run(["nft", "-j", "-a", "list", "chain", "ip", "filter", "FORWARD"], check=False)
    if listed.status:
        return []
    return [item["rule"] for item in json.loads(listed.stdout)["nftables"] if "rule" in item]


@contextmanager
def _alone() -> Iterator[None]:
    """Two machines that are made at once must not choose the same addresses."""
    with LOCK.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
