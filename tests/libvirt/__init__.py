"""The Vagrantfile with the provider that it is for: vagrant-libvirt, where an emulated processor needs no KVM."""
