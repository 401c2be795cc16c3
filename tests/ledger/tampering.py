"""Changing rows behind the ledger's back, past the triggers, as somebody with the password may."""

from sqlalchemy import Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.engine import Access, Database, parse_url

_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


async def tamper(url: str, *statements: Executable) -> None:
    """Execute the statements while no trigger stands in the way."""
    database = Database(parse_url(url), Access.WRITE)
    try:
        await database.write(_without_triggers, statements)
    finally:
        await database.close()


async def _without_triggers(
    connection: AsyncConnection, statements: tuple[Executable, ...]
) -> None:
    if connection.dialect.name == "postgresql":
        # Ordinary triggers are silent for a session that claims to replicate.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await connection.execute(statement)
        return
    triggers = (await connection.execute(_TRIGGERS)).all()
    for trigger in triggers:
        await connection.execute(text(f"DROP TRIGGER {trigger.name}"))
    for statement in statements:
        await connection.execute(statement)
    for trigger in triggers:
        await connection.execute(text(trigger.sql))
