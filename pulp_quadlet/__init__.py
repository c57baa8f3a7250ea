"""Compile one TOML site file into Podman Quadlet units that run Pulp, and apply them."""

__version__ = "0.1.0"
