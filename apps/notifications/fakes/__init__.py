"""Doubles of mail and SMS providers that run as servers of their own; they know neither Django nor the shop."""
