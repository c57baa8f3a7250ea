"""The policy of this host's SELinux, and what it has denied."""
