"""Random sequences of every public operation by several actors, against a small model of the shop."""
