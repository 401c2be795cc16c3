"""Ledgers in every database that Steward supports: SQLite files, and a private PostgreSQL."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from ledger.database import SqlLedger, default_url, migrate, open_ledger
from ledger.reader import LedgerReader, open_reader
from ledger.tables import LedgerTable

PASSWORD = "correct-horse"
START_SECONDS = 30


def _program(name: str) -> str | None:
    # Debian keeps the server's programs off the PATH.
    places = [*map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ.get("PATH", "")]
    return shutil.which(name, path=os.pathsep.join(places))


def _server_user() -> str | None:
    """The user to start the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), "root")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address (user, password, host and port) of a PostgreSQL server for these tests only."""
    server, initdb, user = _program("postgres"), _program("initdb"), _server_user()
    if server is None or initdb is None:
        pytest.skip("no PostgreSQL server program (postgres, initdb) is installed")
    if user == "root":
        pytest.skip("PostgreSQL refuses to run as root, and there is no other user to run it as")
    with tempfile.TemporaryDirectory(prefix="steward-postgresql-") as folder:
        data, password_file = Path(folder, "data"), Path(folder, "password")
        password_file.write_text(PASSWORD)
        if user is not None:
            for path in (folder, password_file):
                shutil.chown(path, user)
        subprocess.run(
            [
                *(initdb, "-D", str(data), "-U", "steward", f"--pwfile={password_file}"),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
        )
        port = _free_port()
        settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        options = [part for setting in (*settings, "fsync=off") for part in ("-c", setting)]
        process = subprocess.Popen(
            [server, "-D", data, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        try:
            address = f"steward:{PASSWORD}@127.0.0.1:{port}"
            asyncio.run(_answers(f"postgresql://{address}/postgres"))
            yield address
        finally:
            # At once: what it holds is thrown away.
            process.send_signal(signal.SIGQUIT)
            process.wait(START_SECONDS)


async def _answers(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(url)
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def _create_database(server: str) -> str:
    name = f"ledger_{uuid.uuid4().hex}"
    asyncio.run(_execute(f"postgresql://{server}/postgres", f"CREATE DATABASE {name}"))
    return f"postgresql://{server}/{name}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """The address of an empty PostgreSQL database."""
    return _create_database(postgresql_server)


@pytest.fixture(scope="session")
def shared_postgresql_url(postgresql_server: str) -> str:
    """The address of a migrated PostgreSQL database; a new one for each test would be slow."""
    url = _create_database(postgresql_server)
    migrate(url)
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return default_url(tmp_path / "ledger.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a place for a ledger in which nothing is yet."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a ledger whose tables are ready and empty."""
    if request.param == "sqlite":
        file: str = request.getfixturevalue("sqlite_url")
        migrate(file)
        return file
    shared: str = request.getfixturevalue("shared_postgresql_url")
    tables = ", ".join(LedgerTable.metadata.tables)
    # The audit trail refuses to be emptied, but not by a session that claims to replicate.
    asyncio.run(_execute(shared, f"SET session_replication_role = replica; TRUNCATE {tables}"))
    return shared


@pytest.fixture
async def ledger(url: str) -> AsyncIterator[SqlLedger]:
    """An empty ledger, open for writing."""
    async with open_ledger(url) as opened:
        yield opened


@pytest.fixture
async def reader(url: str) -> AsyncIterator[LedgerReader]:
    """The same ledger, open for reading."""
    async with open_reader(url) as opened:
        yield opened
