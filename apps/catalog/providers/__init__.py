"""What catalog stands on beside its database: the search index."""
