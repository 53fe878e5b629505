"""What stands behind the Makefile: the supervisor of the embedded shop, the runner of all checks. Not part of the product."""
