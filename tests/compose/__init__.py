"""The Compose files as a container engine runs them."""
