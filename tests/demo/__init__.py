"""A real Pulp from the default site file, for a person to look at."""
