"""How older stores become this version's. Alembic's, run by `store.database` when a store is old."""
