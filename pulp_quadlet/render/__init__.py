"""Deployment to files, in memory: units, configuration, recipes of images, and the links that lead to them."""
