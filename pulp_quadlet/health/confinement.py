"""How well SELinux confines a site: what the host has, and what the site's own policy leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.policy import Policy
from pulp_quadlet.model.verdict import Note, SelinuxFound

_PERMISSIVE = re.compile(r"\(typepermissive (\w+)\)")


def confinement(deployment: Deployment, found: SelinuxFound | None) -> Iterator[Note]:
    """What there is to know; a warning where less is enforced than one would think."""
    if found is None:
        return
    policy = deployment.policy
    if found.state == "off":
        yield Note(about="selinux", level="info", text="SELinux is off on this host; nothing of it is loaded")
    elif policy is None:
        yield Note(about="selinux", level="info", text=f"SELinux is {found.state}, and this site has no policy in it")
    else:
        yield from _of_policy(policy, found)


def _of_policy(policy: Policy, found: SelinuxFound) -> Iterator[Note]:
    missing = [module.name for module in policy.modules if module.name not in found.modules]
    own = policy.modules[-1].name
    permissive = [domain for module in policy.modules for domain in _PERMISSIVE.findall(module.text)]
    if missing:
        text = f"the SELinux module {missing[0]} is not loaded; `pulp-quadlet apply` loads it"
        yield Note(about="selinux", level="warning", text=text)
    elif found.state == "permissive":
        text = "SELinux is permissive on this host: it tells what it would deny, and denies nothing"
        yield Note(about="selinux", level="warning", text=text)
    elif permissive:
        are = "is" if len(permissive) == 1 else "are"
        text = f"{', '.join(permissive)} {are} permissive: SELinux denies nothing there"
        yield Note(about="selinux", level="warning", text=text)
    else:
        yield Note(about="selinux", level="info", text=f"SELinux is enforcing, with the module {own}")
