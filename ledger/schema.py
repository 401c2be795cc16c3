"""Which revision of the tables this code works with, and whether a database has it."""

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.engine import Database
from ledger.failures import LedgerUnusable, not_migrated

# Oldest first; the last one is what this code works with. `ledger/migrations` holds their steps.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")


async def require_current_schema(database: Database) -> None:
    """Raise `LedgerUnusable` unless the database has the tables that this code works with."""
    revision = await database.read(AsyncConnection.run_sync, applied_revision)
    require_known_revision(revision, database.place)
    if revision != REVISIONS[-1]:
        raise not_migrated(database.place)


def applied_revision(connection: Connection) -> str | None:
    """Return the revision that the database has, or None where it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def require_known_revision(revision: str | None, place: str) -> None:
    """Raise `LedgerUnusable` where a newer Steward has migrated the database."""
    if revision is not None and revision not in REVISIONS:
        raise LedgerUnusable(
            f"The ledger at {place} was written by a newer version of Steward "
            f"(its revision is {revision}, this version knows {REVISIONS[-1]}).",
            remedy="Upgrade Steward, or name another ledger in STEWARD_LEDGER.",
        )
