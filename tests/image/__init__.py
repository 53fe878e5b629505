"""The built image, run for real on a machine without a container engine."""
