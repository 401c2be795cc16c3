"""The steps from one revision of the ledger's tables to the next, run by Alembic."""
