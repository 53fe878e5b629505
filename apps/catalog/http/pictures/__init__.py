"""Pictures over HTTP: staff with catalog:write."""
