"""Orders over HTTP, one file per thing."""
