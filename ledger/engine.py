"""The connection to the ledger's database: its address, its settings and its transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ledger.failures import explaining_failures, no_ledger_at
from steward.errors import InvalidSettings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# How long a transaction waits for those of others; a change set of 100,000 takes a few seconds.
LOCK_SECONDS = 30
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 120
_BEGIN = "ledger_begin"


class Access(StrEnum):
    """What a process may do with a SQLite file, in SQLite's own words."""

    READ = "ro"
    WRITE = "rw"
    CREATE = "rwc"


def default_url(path: Path | str) -> str:
    """Return the address of the SQLite ledger in this file; a relative path is made absolute."""
    place = Path(path).expanduser().absolute()
    return URL.create("sqlite+aiosqlite", database=str(place)).render_as_string()


def parse_url(url: str) -> URL:
    """Return the address with the driver that the ledger uses; raises `InvalidSettings`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("unreadable")
    match parsed.drivername.partition("+")[0]:
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres" if parsed.host:
            return parsed.set(drivername="postgresql+asyncpg")
        case _:
            # The text itself may hold a password, so it is not repeated.
            raise InvalidSettings(
                "The ledger's address is neither a SQLite file nor a PostgreSQL database.",
                remedy="Write STEWARD_LEDGER as sqlite:////absolute/path/ledger.db "
                "or postgresql://user:password@host/database.",
            )


def place_of(url: URL) -> str:
    """Return where the ledger is, for people: without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return str(Path(str(url.database)).expanduser().absolute())
    port = f":{url.port}" if url.port else ""
    return f"{url.host}{port}/{url.database or ''}"


class Database:
    """The ledger's database, through transactions that read or write.

    SQLite is told to wait for each commit to be on the disk (`synchronous=FULL`): a mark that a
    change is about to be written must survive a power failure, or the change would later be taken
    for somebody else's and never be undone. With NORMAL it survives a killed process only.
    """

    def __init__(self, url: URL, access: Access) -> None:
        """Take the address; nothing is opened before the first transaction."""
        self.place = place_of(url)
        self._is_sqlite = url.get_backend_name() == "sqlite"
        self._file = Path(self.place) if self._is_sqlite else None
        self._access = access
        self._engine = (
            _sqlite_engine(self.place, access) if self._is_sqlite else _postgresql_engine(url)
        )
        # SQLite takes the lock for writing at the start: two transactions that both read first
        # and then want to write could only end by one of them failing.
        self._writer = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        # SQLite shows one state anyway; PostgreSQL would show each statement what is newest.
        self._reader = (
            self._engine
            if self._is_sqlite
            else self._engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether the ledger is a SQLite file."""
        return self._is_sqlite

    async def read(
        self,
        action: Callable[Concatenate[AsyncConnection, Arguments], Awaitable[Result]],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Return what the action reads in a transaction that sees one state of the ledger.

        Somebody who is cancelled meanwhile is so after the transaction has ended. Raises
        `LedgerUnavailable`.
        """
        return await _uninterrupted(self._transact(self._reader, action, *args, **kwargs))

    async def write(
        self,
        action: Callable[Concatenate[AsyncConnection, Arguments], Awaitable[Result]],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Return what the action returns, after the transaction in which it ran is committed.

        Somebody who is cancelled meanwhile is so after the transaction has ended. Raises
        `LedgerUnavailable`.
        """
        return await _uninterrupted(self._transact(self._writer, action, *args, **kwargs))

    async def _transact(
        self,
        engine: AsyncEngine,
        action: Callable[Concatenate[AsyncConnection, Arguments], Awaitable[Result]],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        self._require_file()
        with explaining_failures(self.place):
            async with engine.begin() as connection:
                return await action(connection, *args, **kwargs)

    @asynccontextmanager
    async def outside_transactions(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection on which each statement is committed by itself."""
        with explaining_failures(self.place):
            engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    def _require_file(self) -> None:
        if self._file is not None and self._access is not Access.CREATE and not self._file.exists():
            raise no_ledger_at(self.place)


async def _uninterrupted(transaction: Coroutine[Any, Any, Result]) -> Result:
    # SQLAlchemy closes the connection of a cancelled transaction instead of rolling it back, and
    # SQLite keeps the lock of a closed connection for as long as one of its statements is in use,
    # as by the traceback of that very cancellation: nobody could write any more.
    task = asyncio.create_task(transaction)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _sqlite_engine(path: str, access: Access) -> AsyncEngine:
    # Only SQLite's own URI form can say that a missing file is not to be created.
    file = f"file:{quote(path)}"
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=file, query={"mode": access.value, "uri": "true"}),
        # Transactions begin where `_begin` says, not where Python's driver would guess.
        connect_args={"timeout": LOCK_SECONDS, "isolation_level": None},
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _configure_sqlite)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    # macOS confirms an ordinary fsync before the drive has written; fullfsync waits for the drive.
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "fullfsync=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql(options.get(_BEGIN, "BEGIN"))


def _postgresql_engine(url: URL) -> AsyncEngine:
    settings: dict[str, Any] = {
        "timeout": _CONNECT_SECONDS,
        "command_timeout": _STATEMENT_SECONDS,
        "server_settings": {
            "application_name": "steward",
            "lock_timeout": f"{LOCK_SECONDS}s",
            "timezone": "UTC",
        },
    }
    # A restarted server leaves dead connections in the pool; the ping finds them first.
    return create_async_engine(url, connect_args=settings, pool_pre_ping=True, hide_parameters=True)
