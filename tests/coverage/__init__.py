"""What lines and branches of the product run in its tests: the measuring (`plugin`) and the bar (`python -m`)."""
