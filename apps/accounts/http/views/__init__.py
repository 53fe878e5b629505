"""Accounts over HTTP, one file per thing."""
