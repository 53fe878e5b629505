"""Notifications over HTTP, one file per thing."""
