"""The store: what the ports of `core` are made of, on SQLite or PostgreSQL, and artifacts as files.

It keeps what it is handed and gives it back; what the events mean is folded elsewhere (`core.folds`).
"""

from esclusa.store.store import Store, open_store

__all__ = ["Store", "open_store"]
