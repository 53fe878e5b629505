"""Catalog over HTTP: public reads of rendered documents, and what staff do to them."""
