"""What tells operators how the shop is: structured logs."""
