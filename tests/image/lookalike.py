"""An image in the way in which the Pulp project publishes its own: `pulp-minimal`.

Another Python than `python3` has Pulp, its commands are in /usr/local/bin, it begins with a script of its own, and has
volumes, which a service with a read-only root does not need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

NAME = "localhost:5000/pulp/pulp-minimal:3"
FOLDER = "/srv/lookalike"
CONTAINERFILE = """FROM {base}
USER root
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PULP_SETTINGS=/etc/pulp/settings.py \\
    DJANGO_SETTINGS_MODULE=pulpcore.app.settings PYTHONUNBUFFERED=0 PULP_API_WORKERS=2
RUN ln -s /opt/pulp/bin/pulpcore-* /usr/local/bin/ \\
    && printf '#!/bin/sh\\necho the entry point of the image\\nexit 1\\n' >/entrypoint.sh && chmod +x /entrypoint.sh \\
    && printf '#!/bin/sh\\nexec pulpcore-api\\n' >/usr/bin/pulp-api && chmod +x /usr/bin/pulp-api {more}
VOLUME /var/lib/containers
VOLUME /var/lib/pulp/.local/share/containers
EXPOSE 80
ENTRYPOINT ["/entrypoint.sh"]
USER 700:700
"""


def build(pulp: Pulp, base: str, name: str = NAME, more: str = "") -> None:
    """Make it of an image of ours."""
    pulp.run("mkdir", "-p", FOLDER)
    pulp.write(f"{FOLDER}/Containerfile", CONTAINERFILE.format(base=base, more=more))
    pulp.run("podman", "build", "--quiet", "--network=none", "--tag", name, FOLDER, timeout=300)
