"""Python packages of the image: which versions, and where their wheels are."""
