"""Alembic's entry: migrate inside the transaction that `store.database` has begun."""

from alembic import context

from esclusa.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
context.run_migrations()
