"""From the plugins of a site file to one version of each package: what is asked for, and what was found."""
