"""Packages for distributions: built in a machine with the tools of Debian, installed in one without them.

`python -m tests.packages`, or `make packages`, builds them into `dist/`.
"""
