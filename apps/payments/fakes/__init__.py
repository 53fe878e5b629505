"""Doubles of payment providers that run as servers of their own."""
