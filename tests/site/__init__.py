"""The whole product: a machine gets the wheel, `apply` makes it a Pulp, and Pulp's own clients use it."""
