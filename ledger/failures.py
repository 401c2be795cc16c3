"""What a database driver reports, as one sentence with its remedy."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from steward.errors import CredentialsRejected, ExitCode, LedgerUnavailable, StewardError


class LedgerUnusable(StewardError):
    """The ledger's database answers, and cannot be used as it is: its schema or file is wrong."""

    exit_code = ExitCode.UNREACHABLE


class LedgerBusy(LedgerUnavailable):
    """Another process keeps the database locked for longer than a transaction waits."""

    def __init__(self, place: str) -> None:
        """Take where the ledger is, without credentials."""
        super().__init__(
            f"The ledger at {place} is busy: another process keeps it locked.",
            remedy="Wait a moment; if it stays so, look for what holds the database open.",
        )


def no_ledger_at(place: str) -> LedgerUnavailable:
    """Return the error for a SQLite file that is not there."""
    return LedgerUnavailable(
        f"There is no ledger at {place}.",
        remedy="Start one with `steward up`, or name another place in STEWARD_LEDGER.",
    )


def not_migrated(place: str) -> LedgerUnusable:
    """Return the error for a database without the ledger's tables, or with those of old."""
    return LedgerUnusable(
        f"The ledger at {place} has not been brought to this version of Steward.",
        remedy="Run `steward up`, or restart the workers: both migrate it first.",
    )


@contextmanager
def explaining_failures(place: str) -> Iterator[None]:
    """Raise what the driver reports as an error of ours, without its statement and parameters.

    `place` names the database without credentials. Raises `LedgerUnavailable` where a later
    attempt may succeed, else `CredentialsRejected` or `LedgerUnusable`; other failures of the
    driver are mistakes in a statement and pass as they are.
    """
    try:
        yield
    except PoolTimeoutError:
        raise LedgerBusy(place) from None
    except DBAPIError as error:
        raise _explained(error.orig, place) or error from None
    except (OSError, sqlite3.Error) as error:
        raise _explained(error, place) or error from None
    except Exception as error:
        # asyncpg's own errors pass SQLAlchemy by while a connection is being made.
        if getattr(error, "sqlstate", None) is None:
            raise
        raise _explained(error, place) or error from None


def _explained(error: BaseException | None, place: str) -> StewardError | None:
    if isinstance(error, sqlite3.Error):
        # Python's own complaints, such as a closed connection, carry no code.
        return _explained_sqlite(getattr(error, "sqlite_errorcode", 0), place)
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate is None:
        return _unreachable(place)
    return _explained_postgresql(str(sqlstate), place)


def _explained_sqlite(code: int, place: str) -> StewardError | None:
    # The lowest byte is the primary result code (sqlite.org/rescode.html).
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            explained: StewardError | None = LedgerBusy(place)
        case sqlite3.SQLITE_FULL:
            explained = _full(place)
        case sqlite3.SQLITE_CANTOPEN:
            explained = no_ledger_at(place)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            explained = LedgerUnavailable(
                f"The ledger at {place} cannot be written by this user.",
                remedy="Give this user write access to the file and to its folder.",
            )
        case sqlite3.SQLITE_IOERR:
            explained = LedgerUnavailable(
                f"Reading or writing the ledger at {place} failed.",
                remedy="Check the disk, and that the file is still there.",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            explained = LedgerUnusable(
                f"The file at {place} is damaged, or is no SQLite database.",
                remedy="Restore it from a backup, or name another place in STEWARD_LEDGER.",
            )
        case _:
            explained = None
    return explained


# By SQLSTATE, of which the first two characters name a class (PostgreSQL manual, appendix A). Of
# these classes a later attempt may succeed: connection, transaction rollback, insufficient
# resources, object not in the right state, operator intervention, system error.
def _explained_postgresql(sqlstate: str, place: str) -> StewardError | None:
    match (sqlstate[:2], sqlstate):
        case (_, "53100"):
            explained: StewardError | None = _full(place)
        case (_, "55P03"):
            explained = LedgerBusy(place)
        case (_, "3D000"):
            explained = LedgerUnavailable(
                f"There is no database for the ledger at {place}.",
                remedy="Create it with `createdb`, or name another place in STEWARD_LEDGER.",
            )
        case ("28", _) | (_, "42501"):
            explained = CredentialsRejected(
                f"The database at {place} refuses Steward's user.",
                remedy="Check user, password and permissions in STEWARD_LEDGER.",
            )
        case ("22", _):
            explained = LedgerUnusable(
                f"The database at {place} cannot hold a value that was to be recorded.",
                remedy="Look for unusual characters, such as NUL, in what the store answered.",
            )
        case ("08" | "40" | "53" | "55" | "57" | "58", _):
            explained = _unreachable(place)
        case _:
            explained = None
    return explained


def _full(place: str) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"The disk that holds the ledger at {place} is full.", remedy="Make room on it."
    )


def _unreachable(place: str) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"The ledger at {place} does not answer.",
        remedy="Check that the database is running, and its address in STEWARD_LEDGER.",
    )
