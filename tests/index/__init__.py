"""A small package index for tests, with whatever can be wrong with one."""
