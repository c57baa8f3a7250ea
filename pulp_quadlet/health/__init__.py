"""Judge what was seen of a site. Pure."""
