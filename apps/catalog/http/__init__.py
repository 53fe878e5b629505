"""Catalog over HTTP: public reads of rendered documents."""
