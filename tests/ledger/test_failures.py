"""What goes wrong with the database, told in one sentence with its remedy and no secret."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import SqlLedger, default_url, migrate, open_ledger
from ledger.engine import Access, Database, parse_url, place_of
from ledger.failures import LedgerBusy, LedgerUnusable, explaining_failures
from ledger.reader import open_reader
from steward.errors import CredentialsRejected, InvalidSettings, LedgerUnavailable, StewardError
from tests.ledger.conftest import PASSWORD
from tests.ledger.examples import change_set, run_start, simulated


async def opened(url: str) -> None:
    """Open the ledger for writing and for reading; both must fail alike."""
    failures = []
    for door in (open_ledger, open_reader):
        try:
            async with door(url):
                pass
        except StewardError as failure:
            failures.append(failure)
    assert len(failures) == 2
    assert str(failures[0]) == str(failures[1])
    raise failures[0]


async def test_missing_file_is_not_created(tmp_path: Path) -> None:
    """Opening a ledger that is not there says how to start one, and creates nothing."""
    url = default_url(tmp_path / "nowhere" / "ledger.db")
    with pytest.raises(LedgerUnavailable, match=r"There is no ledger at /.*ledger\.db") as failure:
        await opened(url)
    assert "steward up" in failure.value.remedy
    assert "STEWARD_LEDGER" in failure.value.remedy
    assert not await asyncio.to_thread((tmp_path / "nowhere").exists)


async def test_ledger_that_disappears_is_reported(sqlite_url: str, tmp_path: Path) -> None:
    """A file that is deleted while it is open fails the next write instead of swallowing it."""
    migrate(sqlite_url)
    async with open_ledger(sqlite_url) as ledger:
        (tmp_path / "ledger.db").unlink()
        with pytest.raises(LedgerUnavailable, match="There is no ledger"):
            await ledger.open_run(run_start())


@pytest.mark.parametrize("content", [b"not a database" * 500, b"SQLite format 3\0" + b"x" * 4096])
async def test_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file of another kind is left as it is, and the error does not ask to try again."""
    file = tmp_path / "ledger.db"
    file.write_bytes(content)
    with pytest.raises(LedgerUnusable, match="damaged, or is no SQLite database"):
        await opened(default_url(file))
    with pytest.raises(LedgerUnusable, match="damaged, or is no SQLite database"):
        migrate(default_url(file))
    assert file.read_bytes() == content


async def test_locked_database_is_a_passing_trouble(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody else keeps the file locked writing fails, reading works; later both do."""
    monkeypatch.setattr("ledger.engine.LOCK_SECONDS", 0.1)
    migrate(sqlite_url)
    holder = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    async with open_ledger(sqlite_url) as ledger:
        with pytest.raises(LedgerBusy) as failure:
            await ledger.open_run(run_start())
        assert not failure.value.permanent
        assert await ledger.audit_head_at("shop", "ended") is None
        holder.execute("ROLLBACK")
        holder.close()
        await ledger.open_run(run_start())


async def test_writer_waits_for_another(sqlite_url: str, tmp_path: Path) -> None:
    """A write that finds the file locked waits, and succeeds as soon as the lock is gone."""
    migrate(sqlite_url)
    holder = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    async with open_ledger(sqlite_url) as ledger:
        writing = asyncio.create_task(ledger.open_run(run_start()))
        done, _ = await asyncio.wait([writing], timeout=0.2)
        assert not done
        holder.execute("COMMIT")
        holder.close()
        await writing
        assert (await ledger.load_run("run-1")).start == run_start()


async def test_locked_row_on_postgresql_is_a_passing_trouble(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that another transaction keeps locked fails the write after the same time."""
    monkeypatch.setattr("ledger.engine.LOCK_SECONDS", 0.1)
    migrate(postgresql_url)
    holder = Database(parse_url(postgresql_url), Access.WRITE)
    changes = change_set(2)
    async with open_ledger(postgresql_url) as ledger:
        await simulated(ledger, changes)

        async def save_beside_a_lock(connection: AsyncConnection) -> None:
            await connection.exec_driver_sql("SELECT * FROM runs FOR UPDATE")
            await simulated(ledger, changes)

        with pytest.raises(LedgerBusy):
            await holder.write(save_beside_a_lock)
        await simulated(ledger, changes)
    await holder.close()


def test_full_disk_is_reported(tmp_path: Path) -> None:
    """SQLite's own report of a full disk asks to make room, and to try again later."""
    connection = sqlite3.connect(tmp_path / "full.db")
    connection.execute("PRAGMA max_page_count=2")
    connection.execute("CREATE TABLE one (a)")
    with (
        pytest.raises(LedgerUnavailable, match="disk that holds the ledger at here is full"),
        explaining_failures("here"),
    ):
        connection.execute("CREATE TABLE two (b)")
    connection.close()


def test_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A place below a file, where no folder can be, is told as what it is."""
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnavailable, match="cannot be made"):
        migrate(default_url(tmp_path / "file" / "below" / "ledger.db"))


async def test_server_that_is_not_there_is_reported() -> None:
    """A PostgreSQL that does not answer is a passing trouble, told without the password."""
    with pytest.raises(LedgerUnavailable, match=r"at 127\.0\.0\.1:1/ledger does not") as failure:
        await opened("postgresql://steward:s3cret@127.0.0.1:1/ledger")
    assert not failure.value.permanent
    _reveals_nothing(failure.value, "s3cret")


async def test_wrong_password_is_reported(postgresql_url: str) -> None:
    """A password that the server refuses is told as such, and never repeated."""
    with pytest.raises(CredentialsRejected, match="refuses Steward's user") as failure:
        await opened(postgresql_url.replace(PASSWORD, "s3cret"))
    _reveals_nothing(failure.value, "s3cret")


async def test_missing_database_is_reported(postgresql_server: str) -> None:
    """A database that does not exist on the server comes with the command that creates it."""
    with pytest.raises(LedgerUnavailable, match="no database") as failure:
        await opened(f"postgresql://{postgresql_server}/nowhere")
    assert "createdb" in failure.value.remedy
    _reveals_nothing(failure.value, PASSWORD)


async def test_connection_that_breaks_is_a_passing_trouble(postgresql_url: str) -> None:
    """A server that ends the connections is reported, and the next attempt opens another."""
    migrate(postgresql_url)
    broken, killer = (Database(parse_url(postgresql_url), Access.WRITE) for _ in range(2))

    async def break_off(connection: AsyncConnection) -> None:
        await killer.write(
            AsyncConnection.exec_driver_sql,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await connection.exec_driver_sql("SELECT 1")

    with pytest.raises(LedgerUnavailable, match="does not answer"):
        await broken.write(break_off)
    ledger = SqlLedger(broken)
    await ledger.open_run(run_start())
    assert (await ledger.load_run("run-1")).start == run_start()
    await broken.close()
    await killer.close()


async def test_unstorable_character_is_reported(postgresql_url: str) -> None:
    """A NUL character, which PostgreSQL cannot hold, fails for good and stores nothing."""
    migrate(postgresql_url)
    async with open_ledger(postgresql_url) as ledger:
        with pytest.raises(LedgerUnusable, match="cannot hold a value"):
            await ledger.open_run(run_start().model_copy(update={"template": "a\0b"}))


def _reveals_nothing(failure: BaseException, secret: str) -> None:
    seen: BaseException | None = failure
    while seen is not None:
        assert secret not in f"{seen!r} {seen}"
        seen = None if seen.__suppress_context__ else seen.__cause__ or seen.__context__


@pytest.mark.parametrize(
    "url",
    ["", "s3cret", "mysql://root:s3cret@host/db", "sqlite://", "sqlite:///:memory:", "postgresql:"],
)
def test_other_addresses_are_refused(url: str) -> None:
    """An address that no ledger can have is refused with the two forms that one can have."""
    with pytest.raises(InvalidSettings, match="neither a SQLite file nor") as failure:
        migrate(url)
    assert "sqlite:////absolute/path" in failure.value.remedy
    assert "s3cret" not in str(failure.value)


def test_place_names_no_secret() -> None:
    """Errors name the database by its host, port and name, or by its file."""
    url = parse_url("postgres://steward:s3cret@db.example:6432/ledger?ssl=require")
    assert place_of(url) == "db.example:6432/ledger"
    assert place_of(parse_url("sqlite:////data/ledger.db")) == "/data/ledger.db"


@pytest.mark.parametrize("name", ["ledger.db", "a b%20?#é/ä ö.db", "100%/x.db", "a&mode=ro.db"])
async def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    """A ledger is made where it was asked for, whatever characters its path has."""
    url = default_url(tmp_path / name)
    migrate(url)
    async with open_ledger(url) as ledger, open_reader(url) as reader:
        await ledger.open_run(run_start())
        assert len(await reader.runs()) == 1
    assert (tmp_path / name).is_file()


async def test_connections_keep_what_was_committed(sqlite_url: str) -> None:
    """Every connection waits for the disk, checks references, and uses the write-ahead log."""
    migrate(sqlite_url)
    database = Database(parse_url(sqlite_url), Access.WRITE)

    async def read_settings(connection: AsyncConnection) -> dict[str, object]:
        return {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    pragmas = await database.read(read_settings)
    await database.close()
    full = 2
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }
