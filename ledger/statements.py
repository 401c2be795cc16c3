"""Statements that both databases understand."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_new(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless its key is already there; return whether it was new."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    result = await connection.execute(insert(table).values(**row).on_conflict_do_nothing())
    return result.rowcount == 1


async def insert_or_replace(
    connection: AsyncConnection, table: Table, row: Mapping[str, Any], *, columns: Sequence[str]
) -> None:
    """Insert the row, or set these columns where its key is already there."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(**row)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={column: statement.excluded[column] for column in columns},
        )
    )
