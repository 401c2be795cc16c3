"""Opening the ledger, and bringing its tables to this version."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.engine import LOCK_SECONDS, Access, Database, default_url, parse_url
from ledger.failures import LedgerBusy, LedgerUnusable
from ledger.ledger import SqlLedger
from ledger.schema import (
    REVISIONS,
    applied_revision,
    require_current_schema,
    require_known_revision,
)
from steward.errors import LedgerUnavailable

__all__ = ["SqlLedger", "default_url", "migrate", "open_ledger"]

# Any number will do, as long as nothing else in the database takes an advisory lock on it.
_MIGRATION_LOCK = 5_783_210_946
_RETRY_SECONDS = 0.05
_SCRIPTS = str(Path(__file__).with_name("migrations"))


@asynccontextmanager
async def open_ledger(url: str) -> AsyncIterator[SqlLedger]:
    """Open the ledger at `url`, such as `sqlite:////path/ledger.db` or `postgresql://host/name`.

    Raises `InvalidSettings` for another address, `LedgerUnavailable` where no database answers
    and `LedgerUnusable` where its tables are not those of this version.
    """
    database = Database(parse_url(url), Access.WRITE)
    try:
        await require_current_schema(database)
        yield SqlLedger(database)
    finally:
        await database.close()


def migrate(url: str) -> None:
    """Bring the ledger's tables to this version; creates the SQLite file and its folder.

    Blocks until it is done. Several processes may do this at once: the first migrates and the
    others wait and find nothing to do. Raises as `open_ledger` does.
    """
    parsed = parse_url(url)
    # In a thread of its own, so that it also works where an event loop is running.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, _migrate(parsed)).result()


async def _migrate(url: URL) -> None:
    database = Database(url, Access.CREATE)
    try:
        if database.is_sqlite:
            await asyncio.to_thread(_make_folder, database.place)
            await _switch_to_write_ahead_log(database)
        # Where nothing is to do nothing is locked, which might take as long as a transaction lasts.
        revision = await database.read(AsyncConnection.run_sync, applied_revision)
        if revision != REVISIONS[-1]:
            await database.write(_upgrade, database)
    finally:
        await database.close()


def _make_folder(place: str) -> None:
    folder = Path(place).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(
            f"The folder of the ledger, {folder}, cannot be made: {error.strerror}.",
            remedy="Make it yourself, or name another place in STEWARD_LEDGER.",
        ) from None


async def _switch_to_write_ahead_log(database: Database) -> None:
    # SQLite does not wait for its lock here, as it does elsewhere, when two processes switch.
    for _ in range(int(LOCK_SECONDS / _RETRY_SECONDS)):
        try:
            async with database.outside_transactions() as connection:
                mode = (await connection.execute(text("PRAGMA journal_mode=WAL"))).scalar_one()
        except LedgerBusy:
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        if mode != "wal":
            raise LedgerUnusable(
                f"The file system of {database.place} cannot hold a ledger that several "
                "processes write.",
                remedy="Name a place on a local disk in STEWARD_LEDGER, or use PostgreSQL.",
            )
        return
    raise LedgerBusy(database.place)


async def _upgrade(connection: AsyncConnection, database: Database) -> None:
    # On SQLite the transaction itself is the lock against other migrations.
    if not database.is_sqlite:
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
        )
    await connection.run_sync(_run_migrations, database.place)


def _run_migrations(connection: Connection, place: str) -> None:
    require_known_revision(applied_revision(connection), place)
    config = Config()
    config.set_main_option("script_location", _SCRIPTS.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
