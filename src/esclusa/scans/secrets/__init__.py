"""Secrets: what looks for them."""
