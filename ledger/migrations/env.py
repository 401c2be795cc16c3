"""Runs the migrations on the connection that `ledger.database.migrate` hands over."""

from alembic import context

from ledger.tables import LedgerTable

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=LedgerTable.metadata,
    # All steps are one transaction, which the caller has begun and will commit.
    transactional_ddl=True,
    # SQLite cannot alter a column in place; a batch copies the table.
    render_as_batch=True,
)
context.run_migrations()
