"""What is asked of a computer that enforces SELinux, asked of the one that `vagrant up` has made."""

from tests.vm.test_enforcing import *  # noqa: F403  each of these tests is one here
