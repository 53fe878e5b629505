"""Bodies and answers of accounts, one file per thing as in views."""
