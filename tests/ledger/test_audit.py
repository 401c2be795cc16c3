"""The audit trail: append-only, chained per store, and telling where it was tampered with."""

from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, literal_column, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import SqlLedger
from ledger.engine import Access, Database, parse_url
from ledger.reader import LedgerReader
from ledger.tables import AUDIT, AUDIT_HEADS
from steward.audit import GENESIS, AuditHead, AuditKind, NotedHead, chained_hash
from steward.audit_facts import SettingFacts
from tests.ledger.examples import NOON, STORE, audit_event
from tests.ledger.processes import run_at_once
from tests.ledger.tampering import tamper


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
    head = await reader.audit_head(STORE)
    assert (head.length, head.hash) == (2, second)
    assert await ledger.audit_head_at(STORE, "a") == AuditHead(store=STORE, length=1, hash=first)
    assert await ledger.audit_head_at(STORE, "c") is None


async def test_empty_trail_is_intact(reader: LedgerReader) -> None:
    """A store in which nothing happened has a trail of no entries, which is intact."""
    verification = await reader.verify_audit("quiet-shop")
    assert verification.intact
    assert (verification.head.length, verification.head.hash) == (0, GENESIS)


async def test_repeated_event_is_left_out(ledger: SqlLedger, reader: LedgerReader) -> None:
    """An event whose key is there is left out, within one call, across calls, and not elsewhere."""
    await ledger.append_audit([audit_event("a"), audit_event("a"), audit_event("b")])
    await ledger.append_audit([audit_event("b"), audit_event("c"), audit_event("a", store="x")])
    await ledger.append_audit([])
    assert (await reader.audit_head(STORE)).length == 3
    assert (await reader.audit_head("x")).length == 1
    assert (await reader.verify_audit(STORE)).intact


async def test_event_of_another_time_zone_verifies(ledger: SqlLedger, reader: LedgerReader) -> None:
    """The hash is over the instant, so that a trail written in any time zone stays intact."""
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await ledger.append_audit([audit_event("a").model_copy(update={"at": tokyo})])
    assert (await reader.verify_audit(STORE)).intact


async def test_trail_of_a_run_is_found(ledger: SqlLedger, reader: LedgerReader) -> None:
    """The newest entries come first, limited, and can be narrowed down to a run."""
    await ledger.append_audit([audit_event(str(n), run_id=f"run-{n % 2}") for n in range(6)])
    assert [entry.sequence for entry in await reader.audit(STORE, limit=2)] == [6, 5]
    of_run = await reader.audit(STORE, run_id="run-0")
    assert [entry.event.key for entry in of_run] == ["4", "2", "0"]


def _row(sequence: int, previous_hash: str) -> dict[str, Any]:
    event = audit_event("forged").model_dump(exclude={"facts"})
    return event | {"sequence": sequence, "previous_hash": previous_hash, "hash": "1" * 64}


def _entry(sequence: int) -> Any:  # noqa: ANN401 - SQLAlchemy's own union of conditions
    return (AUDIT.c.store == STORE) & (AUDIT.c.sequence == sequence)


@pytest.mark.parametrize(
    ("statements", "sequence", "reason"),
    [
        ([update(AUDIT).where(_entry(3)).values(detail="nothing")], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(actor="somebody")], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(at=NOON + timedelta(seconds=1))], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(facts={"verdict": "allow"})], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(kind=literal_column("'nonsense'"))], 3, "altered"),
        ([update(AUDIT).where(_entry(3)).values(facts=literal_column("'no json'"))], 3, "altered"),
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
            [insert(AUDIT).values(_row(6, "0" * 64))],
            6,
            "does not follow",
        ),
    ],
    ids=[
        *(
            "detail",
            "actor",
            "time",
            "facts",
            "kind",
            "no-json",
            "hash",
            "link",
            "deleted",
            "first-deleted",
            "last-deleted",
        ),
        *("all-deleted", "swapped", "moved-away"),
        *("head", "forged"),
    ],
)
async def test_tampering_is_found(
    url: str,
    ledger: SqlLedger,
    reader: LedgerReader,
    statements: list[Executable],
    sequence: int,
    reason: str,
) -> None:
    """Verification names the first entry that was edited, deleted, moved or forged, and says so."""
    await ledger.append_audit([audit_event(f"{number}") for number in range(5)])
    assert (await reader.verify_audit(STORE)).intact
    await tamper(url, *statements)
    broken = (await reader.verify_audit(STORE)).broken
    assert broken is not None
    assert broken.sequence == sequence
    assert reason in broken.reason


async def test_long_trail_is_verified_whole(
    url: str, ledger: SqlLedger, reader: LedgerReader
) -> None:
    """A trail that is read in several pages is verified across their borders."""
    await ledger.append_audit([audit_event(str(number)) for number in range(2_100)])
    assert (await reader.verify_audit(STORE)).intact
    await tamper(url, update(AUDIT).where(_entry(2_050)).values(detail="nothing"))
    broken = (await reader.verify_audit(STORE)).broken
    assert broken is not None
    assert broken.sequence == 2_050


async def test_noted_heads_show_what_the_chain_cannot(
    url: str, ledger: SqlLedger, reader: LedgerReader
) -> None:
    """A trail that was cut, or made anew from some entry on, is found by a head noted outside."""
    await ledger.append_audit([audit_event(f"{number}") for number in range(5)])
    noted = [NotedHead(run_id="run-9", head=await reader.audit_head(STORE))]
    assert (await reader.verify_audit(STORE, noted)).intact

    fourth = await ledger.audit_head_at(STORE, "3")
    assert fourth is not None
    head = update(AUDIT_HEADS).where(AUDIT_HEADS.c.store == STORE)
    await tamper(
        url,
        delete(AUDIT).where(_entry(5)),
        head.values(length=fourth.length, hash=fourth.hash),
    )
    assert (await reader.verify_audit(STORE)).intact
    cut = (await reader.verify_audit(STORE, noted)).broken
    assert cut is not None
    assert cut.sequence == 5
    assert "run-9 ended with entry 5" in cut.reason

    await ledger.append_audit([audit_event("another story")])
    assert (await reader.verify_audit(STORE)).intact
    rewritten = (await reader.verify_audit(STORE, noted)).broken
    assert rewritten is not None
    assert rewritten.sequence == 5
    assert "written anew" in rewritten.reason


async def test_trail_that_is_gone_is_missed(
    url: str, ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Where a whole trail and its head were deleted, the noted head still tells of it."""
    await ledger.append_audit([audit_event("a")])
    noted = [NotedHead(run_id="run-9", head=await reader.audit_head(STORE))]
    await tamper(url, delete(AUDIT), delete(AUDIT_HEADS))
    assert (await reader.verify_audit(STORE)).intact
    broken = (await reader.verify_audit(STORE, noted)).broken
    assert broken is not None
    assert broken.sequence == 1


@pytest.mark.parametrize(
    "statement",
    [
        update(AUDIT).values(detail="nothing"),
        update(AUDIT).values(hash="0" * 64),
        delete(AUDIT),
        update(AUDIT_HEADS).values(length=1),
        update(AUDIT_HEADS).values(store="another", length=9),
        delete(AUDIT_HEADS),
        insert(AUDIT).values(_row(4, "0" * 64)),
        insert(AUDIT).values(_row(3, "0" * 64)),
    ],
    ids=[
        *("edit", "rehash", "delete", "head-back", "head-away", "head-deleted"),
        *("gap", "fork"),
    ],
)
async def test_database_refuses_to_change_the_trail(
    url: str, ledger: SqlLedger, reader: LedgerReader, statement: Executable
) -> None:
    """The database itself refuses to edit, delete or fork entries, and to take a head back."""
    await ledger.append_audit([audit_event("a"), audit_event("b")])
    database = Database(parse_url(url), Access.WRITE)
    with pytest.raises(DBAPIError, match="only ever"):
        await database.write(AsyncConnection.execute, statement)
    await database.close()
    assert (await reader.verify_audit(STORE)).head.length == 2


async def test_trails_of_every_store_are_searched(ledger: SqlLedger, reader: LedgerReader) -> None:
    """Entries are found across stores, newest first, by kind, and page by page from a number on."""
    for minute, store in enumerate(("one", "two", "one")):
        event = audit_event(f"{minute}", store=store)
        at = NOON + timedelta(minutes=minute)
        kind = AuditKind.REFUSED if minute == 1 else AuditKind.ENDED
        await ledger.append_audit([event.model_copy(update={"at": at, "kind": kind})])
    assert await reader.audit_stores() == ["one", "two"]
    assert [entry.event.key for entry in await reader.audit()] == ["2", "1", "0"]
    assert [entry.event.key for entry in await reader.audit(kind=AuditKind.REFUSED)] == ["1"]
    assert [entry.event.key for entry in await reader.audit_after("one", 1)] == ["2"]
    assert await reader.audit_since("one", NOON + timedelta(seconds=1)) == 2
    assert await reader.audit_since("two", NOON + timedelta(hours=1)) is None


async def test_setting_is_noted_when_it_changes(ledger: SqlLedger, reader: LedgerReader) -> None:
    """A setting's digest is appended when it is not the last one noted, also when it comes back."""
    digests = ["a", "a", "b", "b", "a"]
    noted = [
        await ledger.note_setting(SettingFacts(setting="policy", digest=one), by="steward", at=NOON)
        for one in digests
    ]
    other = SettingFacts(setting="policy file", digest="a")
    assert await ledger.note_setting(other, by="rita", at=NOON)
    assert noted == [True, False, True, False, True]
    entries = await reader.audit("steward", kind=AuditKind.CHANGED_SETTING)
    assert [entry.event.facts["digest"] for entry in entries] == ["a", "a", "b", "a"]
    assert (await reader.verify_audit("steward")).intact


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


async def test_several_processes_append_to_one_chain(url: str, reader: LedgerReader) -> None:
    """Processes that append to the same stores at once make one intact chain for each store."""
    run_at_once(APPEND, (url, "left"), (url, "right"))
    trail, another = await reader.verify_audit(STORE), await reader.verify_audit("another")
    assert (trail.broken, trail.head.length) == (None, 90)
    assert (another.broken, another.head.length) == (None, 60)
