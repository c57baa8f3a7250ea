"""Names of plugins, for whoever misspells one."""

KNOWN = (
    "pulp-ansible",
    "pulp-container",
    "pulp-deb",
    "pulp-gem",
    "pulp-hugging-face",
    "pulp-maven",
    "pulp-npm",
    "pulp-ostree",
    "pulp-python",
    "pulp-rpm",
    "pulp-rust",
    "pulp-smart-proxy",
    "pulpcore",
)
