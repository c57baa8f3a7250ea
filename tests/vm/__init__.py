"""A virtual machine with a kernel of its own, for what the lab's machines share with their host: SELinux, enforcing.

:class:`tests.vm.vm.Vm` is its door; `python -m tests.vm` is the same from a shell. It works without KVM, slowly.
"""
