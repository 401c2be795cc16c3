"""The audit trail: append-only, chained per store, and telling where it was tampered with."""

from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import SqlLedger
from ledger.engine import Access, Database, parse_url
from ledger.reader import LedgerReader
from ledger.tables import AUDIT, AUDIT_HEADS
from steward.audit import GENESIS, chained_hash
from tests.ledger.examples import NOON, STORE, audit_event
from tests.ledger.processes import run_at_once


async def tamper(url: str, *statements: Executable) -> None:
    """Change the trail behind the ledger's back."""
    database = Database(parse_url(url), Access.WRITE)
    for statement in statements:
        await database.write(AsyncConnection.execute, statement)
    await database.close()


async def test_entries_are_chained(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Each entry's hash covers its event and the hash before it; the head is the last one."""
    events = [audit_event("a"), audit_event("b")]
    await ledger.append_audit(events)
    first = chained_hash(GENESIS, events[0])
    second = chained_hash(first, events[1])
    newest, oldest = await reader.audit(STORE)
    assert (oldest.sequence, oldest.previous_hash, oldest.hash) == (1, GENESIS, first)
    assert (newest.sequence, newest.previous_hash, newest.hash) == (2, first, second)
    assert [oldest.event, newest.event] == events
    head = await ledger.audit_head(STORE)
    assert (head.length, head.hash) == (2, second)


async def test_empty_trail_is_intact(ledger: SqlLedger) -> None:
    """A store in which nothing happened has a trail of no entries, which is intact."""
    verification = await ledger.verify_audit("quiet-shop")
    assert verification.intact
    assert (verification.head.length, verification.head.hash) == (0, GENESIS)


async def test_repeated_event_is_left_out(ledger: SqlLedger) -> None:
    """An event whose key is there is left out, within one call, across calls, and not elsewhere."""
    await ledger.append_audit([audit_event("a"), audit_event("a"), audit_event("b")])
    await ledger.append_audit([audit_event("b"), audit_event("c"), audit_event("a", store="x")])
    await ledger.append_audit([])
    assert (await ledger.audit_head(STORE)).length == 3
    assert (await ledger.audit_head("x")).length == 1
    assert (await ledger.verify_audit(STORE)).intact


async def test_event_of_another_time_zone_verifies(ledger: SqlLedger) -> None:
    """The hash is over the instant, so that a trail written in any time zone stays intact."""
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await ledger.append_audit([audit_event("a").model_copy(update={"at": tokyo})])
    assert (await ledger.verify_audit(STORE)).intact


async def test_trail_of_a_run_is_found(ledger: SqlLedger, reader: LedgerReader) -> None:
    """The newest entries come first, limited, and can be narrowed down to a run."""
    await ledger.append_audit([audit_event(str(n), run_id=f"run-{n % 2}") for n in range(6)])
    assert [entry.sequence for entry in await reader.audit(STORE, limit=2)] == [6, 5]
    of_run = await reader.audit(STORE, run_id="run-0")
    assert [entry.event.key for entry in of_run] == ["4", "2", "0"]


def _entry(sequence: int) -> Any:  # noqa: ANN401 - SQLAlchemy's own union of conditions
    return (AUDIT.c.store == STORE) & (AUDIT.c.sequence == sequence)


@pytest.mark.parametrize(
    ("statements", "sequence", "reason"),
    [
        ([update(AUDIT).where(_entry(3)).values(detail="nothing")], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(actor="somebody")], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(at=NOON + timedelta(seconds=1))], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(hash="0" * 64)], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(previous_hash="0" * 64)], 3, "does not follow"),
        ([delete(AUDIT).where(_entry(3))], 3, "missing"),
        ([delete(AUDIT).where(_entry(1))], 1, "missing"),
        ([delete(AUDIT).where(_entry(5))], 5, "ends at entry 4"),
        ([delete(AUDIT).where(AUDIT.c.store == STORE)], 1, "ends at entry 0"),
        (
            [
                update(AUDIT).where(_entry(2)).values(sequence=9),
                update(AUDIT).where(_entry(3)).values(sequence=2),
                update(AUDIT).where(_entry(9)).values(sequence=3),
            ],
            2,
            "does not follow",
        ),
        ([update(AUDIT).where(_entry(4)).values(store="another")], 4, "missing"),
        (
            [
                update(AUDIT_HEADS)
                .where(AUDIT_HEADS.c.store == STORE)
                .values(length=4, hash="0" * 64)
            ],
            5,
            "claims 4",
        ),
        (
            [
                insert(AUDIT).values(
                    **audit_event("forged").model_dump(),
                    sequence=6,
                    previous_hash="0" * 64,
                    hash="0" * 64,
                )
            ],
            6,
            "does not follow",
        ),
    ],
    ids=[
        *("detail", "actor", "time", "hash", "link", "deleted", "first-deleted", "last-deleted"),
        *("all-deleted", "swapped", "moved-away", "head", "forged"),
    ],
)
async def test_tampering_is_found(
    url: str, ledger: SqlLedger, statements: list[Executable], sequence: int, reason: str
) -> None:
    """Verification names the first entry that was edited, deleted, moved or forged, and says so."""
    await ledger.append_audit([audit_event(f"{number}") for number in range(5)])
    assert (await ledger.verify_audit(STORE)).intact
    await tamper(url, *statements)
    broken = (await ledger.verify_audit(STORE)).broken
    assert broken is not None
    assert broken.sequence == sequence
    assert reason in broken.reason


async def test_long_trail_is_verified_whole(url: str, ledger: SqlLedger) -> None:
    """A trail that is read in several pages is verified across their borders."""
    await ledger.append_audit([audit_event(str(number)) for number in range(2_100)])
    assert (await ledger.verify_audit(STORE)).intact
    await tamper(url, update(AUDIT).where(_entry(2_050)).values(detail="nothing"))
    broken = (await ledger.verify_audit(STORE)).broken
    assert broken is not None
    assert broken.sequence == 2_050


APPEND = """
async def append():
    async with open_ledger(url) as ledger:
        for number in range(30):
            await ledger.append_audit([
                examples.audit_event(f"shared-{number}"),
                examples.audit_event(f"{sys.argv[2]}-{number}"),
                examples.audit_event(f"{sys.argv[2]}-{number}", store="another"),
            ])
asyncio.run(append())
"""


async def test_several_processes_append_to_one_chain(url: str, ledger: SqlLedger) -> None:
    """Processes that append to the same stores at once make one intact chain for each store."""
    run_at_once(APPEND, (url, "left"), (url, "right"))
    trail, another = await ledger.verify_audit(STORE), await ledger.verify_audit("another")
    assert (trail.broken, trail.head.length) == (None, 90)
    assert (another.broken, another.head.length) == (None, 60)
