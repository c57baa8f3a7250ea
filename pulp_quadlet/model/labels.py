"""Labels of containers, by which what runs is known again."""

from __future__ import annotations

SITE_LABEL = "org.pulpproject.quadlet.site"
DIGEST_LABEL = "org.pulpproject.quadlet.digest"
CONFIG_LABEL = "org.pulpproject.quadlet.config"
ONCE_LABEL = "org.pulpproject.quadlet.once"
"""Of a container that is run to its end to answer a question, and belongs to no unit."""
RECIPE_LABEL = "org.pulpproject.quadlet.recipe"
"""Of all images that are built on this host, and of those that a build leaves unfinished: the role that it is for."""
