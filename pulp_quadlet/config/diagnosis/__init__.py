"""Tells what is wrong with a site file. Imported only when something is, since a right file should not pay for it."""
