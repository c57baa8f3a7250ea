"""Images in an archive, to a host without a network."""
