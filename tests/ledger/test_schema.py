"""The tables as data: their names, their migrations, and which versions understand them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import migrations
from ledger.database import migrate, open_ledger
from ledger.engine import Access, Database, parse_url
from ledger.failures import LedgerUnusable
from ledger.reader import open_reader
from ledger.schema import REVISIONS
from ledger.tables import LedgerTable
from tests.ledger.processes import run_at_once

Result = TypeVar("Result")

COLUMNS = {
    "approvers": "identity name roles added_by added_at revoked_by revoked_at",
    "audit": "store sequence key run_id kind actor at detail previous_hash hash facts",
    "audit_heads": "store length hash",
    "change_sets": "run_id digest store changes simulated_at simulation snapshot_digest",
    "changes": (
        "run_id digest ordinal resource_kind resource_id field product_id label before after "
        "predicted_outcome predicted_reason predicted_request outcome reason live key key_label "
        "predicted_digest sent_digest"
    ),
    "claim_holders": "run_id store digest is_complete undo makes_way_for makes_way_until",
    "claim_leases": "run_id lease origin lapses_at",
    "claims": "store resource_kind resource_id field key run_id",
    "controls": "run_id control",
    "decisions": (
        "decision_id fingerprint run_id digest verdict decided_by comment door decided_at refusal"
    ),
    "intents": "run_id intent",
    "runs": (
        "run_id kind store agent template parameters requested_by started_at undoes stage status "
        "reason exit_code ended_at digest undo_digest"
    ),
    "waits": "run_id until reason",
    "snapshots": "snapshot_digest store selection taken_at content",
}
SCRIPTS = str(Path(str(migrations.__file__)).parent)

# A run as revision 0001 stores one, written out so that later code cannot change it.
RUN_IN_FIRST_REVISION = """
INSERT INTO runs (run_id, kind, store, agent, template, parameters, requested_by, started_at,
                  stage, status, reason, exit_code)
VALUES ('run-of-old', 'agent_run', 'shop', 'pricing-manager', 'bulk-price', '{"percent":"-5"}',
        'rita', '2026-07-01 12:00:00.000000', 'plan', 'running', '', 0)
"""


def in_database(url: str, action: Callable[[Connection], Result]) -> Result:
    """Do something in one transaction that writes, and return what it returns."""

    async def connected() -> Result:
        database = Database(parse_url(url), Access.CREATE)
        try:
            return await database.write(AsyncConnection.run_sync, action)
        finally:
            await database.close()

    return asyncio.run(connected())


def test_names_of_columns_are_data(empty_url: str) -> None:
    """Tables and columns have the names that other programs read them by, in this order."""

    def names(connection: Connection) -> dict[str, str]:
        tables = inspect(connection)
        return {
            table: " ".join(column["name"] for column in tables.get_columns(table))
            for table in tables.get_table_names()
            if table != "alembic_version"
        }

    migrate(empty_url)
    assert in_database(empty_url, names) == COLUMNS


def test_models_and_migrations_agree(empty_url: str) -> None:
    """The migrated tables are those that the models describe, down to types and indexes."""

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, LedgerTable.metadata))

    migrate(empty_url)
    assert in_database(empty_url, differences) == []


def test_code_knows_the_revisions_that_are_there() -> None:
    """The revisions that the code knows are exactly the scripts, in their order."""
    scripts = ScriptDirectory(SCRIPTS)
    assert tuple(each.revision for each in scripts.walk_revisions())[::-1] == REVISIONS


async def test_first_revision_can_be_upgraded(empty_url: str) -> None:
    """A ledger of the first revision, with a run in it, is upgraded and keeps the run."""

    def first_revision(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])
        connection.execute(text(RUN_IN_FIRST_REVISION.replace(":", r"\:")))

    await asyncio.to_thread(in_database, empty_url, first_revision)
    await asyncio.to_thread(migrate, empty_url)
    async with open_reader(empty_url) as reader:
        run = await reader.run("run-of-old")
    assert (run.start.parameters, run.start.started_at.hour) == ({"percent": "-5"}, 12)


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    """Processes that start at the same moment both find the ledger migrated, and none fails."""
    run_at_once("migrate(url)", (empty_url,), (empty_url,))
    assert in_database(empty_url, lambda connection: inspect(connection).has_table("runs"))


async def test_migrating_works_inside_an_event_loop(empty_url: str) -> None:
    """Migrating again, and from a coroutine, changes nothing and does not fail."""
    migrate(empty_url)
    migrate(empty_url)
    async with open_reader(empty_url) as reader:
        assert (await reader.audit_head("shop")).length == 0


def _set_revision(url: str, revision: str) -> None:
    statement = text("UPDATE alembic_version SET version_num = :revision")
    in_database(url, lambda connection: connection.execute(statement, {"revision": revision}))


async def test_newer_ledger_is_refused(empty_url: str) -> None:
    """A ledger that a newer version migrated is neither opened nor migrated."""
    migrate(empty_url)
    await asyncio.to_thread(_set_revision, empty_url, "9999")
    with pytest.raises(LedgerUnusable, match="newer version") as refusal:
        async with open_ledger(empty_url):
            pass
    assert "Upgrade Steward" in refusal.value.remedy
    with pytest.raises(LedgerUnusable, match="newer version"):
        migrate(empty_url)


async def test_ledger_without_tables_is_refused(empty_url: str) -> None:
    """A database in which nothing was migrated is refused with the way to migrate it."""
    # Any statement makes SQLite create its file.
    await asyncio.to_thread(in_database, empty_url, inspect)
    with pytest.raises(LedgerUnusable) as refusal:
        async with open_reader(empty_url):
            pass
    assert "steward up" in refusal.value.remedy
