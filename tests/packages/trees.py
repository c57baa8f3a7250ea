"""The Debian tree in which packages are built and looked at; those who install them need none of it."""

from __future__ import annotations

from tests.lab.trees import MACHINE, Tree

BUILD = Tree(
    "packages",
    packages=(
        *MACHINE.packages,
        # what the packages say that they need to be built
        *("debhelper", "dh-python", "dpkg-dev", "pybuild-plugin-pyproject", "python3-all", "python3-hatchling"),
        *("pandoc", "python3-build", "rpm"),
        # who looks at the results
        *("lintian", "rpmlint", "man-db", "mandoc", "shellcheck", "zsh", "fish"),
        # a policy that the module of the packages is linked with
        *("selinux-policy-default", "selinux-utils", "policycoreutils"),
    ),
    options=MACHINE.options,
)
PROVISIONED = Tree(
    "provisioned",
    packages=(
        *MACHINE.packages,
        # as images for clouds have it
        *("cloud-init", "python3-apt", "sudo"),
        # who installs from here: on this very machine
        *("ansible-core", "ansible-lint"),
    ),
    options=MACHINE.options,
)
