"""What stands behind the Makefile: the supervisor of the embedded shop and the runner of all checks."""
