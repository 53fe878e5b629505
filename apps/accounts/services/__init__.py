"""Writing use cases of accounts, one per file."""
