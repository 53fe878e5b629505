"""Door 1 of notifications: nothing may be asked of it; it only listens."""
