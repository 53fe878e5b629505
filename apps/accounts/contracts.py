"""What accounts says to others. No Django here."""
