"""The message bus: a client, a server that lives by its contract, and the one door to the library below them."""
