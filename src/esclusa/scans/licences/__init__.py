"""Licences of packages: what they say of themselves, and what a project allows."""
