"""What a computer that enforces SELinux refuses, tried on the one that `vagrant up` has made."""

from tests.vm.test_forbidden import *  # noqa: F403  each of these tests is one here
