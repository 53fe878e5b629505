"""One writing use case per file; file and function carry the same name."""
