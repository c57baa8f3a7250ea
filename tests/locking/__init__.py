"""Locks: what is asked, what is found, and what is told."""
