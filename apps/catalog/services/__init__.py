"""One writing use case per file; `ledger` is the one place that changes stock numbers."""
