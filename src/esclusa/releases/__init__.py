"""Releases: everything that shapes an agent's behaviour, collected, sealed and compared."""
