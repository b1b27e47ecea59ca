"""Alembic's entry: runs migrations on the connection the ledger hands over.

Belongs here: that hand-over only. Must not be here: engines or URLs (`store` owns them).
"""

from alembic import context

from harvest_qb_pipeline.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
