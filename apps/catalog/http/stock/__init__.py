"""Stock over HTTP: staff with stock:write."""
