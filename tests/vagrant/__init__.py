"""The Vagrantfile, run for real: Vagrant, libvirt and an emulated computer, all in a machine of the lab."""
