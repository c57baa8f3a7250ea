"""`python -m pulp_quadlet`."""

from pulp_quadlet.cli.main import main

main()
