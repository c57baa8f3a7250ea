"""Everything known about Podman's Quadlet as a language: its keys, its versions, its quoting, its output.

Pure: no file, environment, clock or process is touched (the tables of keys are package data). Where this package and
Podman disagree, tests/quadlet/test_generator_agrees.py runs Podman's own generator and decides.
"""
