"""Door 1 of accounts: what may be asked of it. Nothing yet: contexts know people by their tokens."""
