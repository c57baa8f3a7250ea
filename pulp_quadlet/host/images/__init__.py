"""Images of the site on this host: how they come, what is in them, and when they go."""
