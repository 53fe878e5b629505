"""Bodies and answers of orders, one file per thing as in views."""
