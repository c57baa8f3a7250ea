"""How long things take, beside what others need for the same, in one run. README.md says how to read the figures."""
