"""From services to a policy for SELinux: which types there are, who may do what, and that as text in CIL."""
