"""Alembic's entry: runs migrations on the connection the ledger hands over.

Belongs here: that hand-over only. Must not be here: engines or URLs (`store` owns them).
"""

from alembic import context

from harvest_qb_pipeline.ledger.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(dialect_name=context.config.get_main_option("dialect", "postgresql"), literal_binds=True)
else:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
