"""Change sets: stored without loss, loaded only untouched, and marked without losing a write."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import SqlLedger, default_url, migrate, open_ledger
from ledger.engine import Access, Database, parse_url
from ledger.reader import LedgerReader
from ledger.tables import CHANGES
from steward.audit import AuditKind
from steward.changes import ChangeSet, Outcome
from steward.errors import ChangeSetTampered, RunNotActive, UnknownRun
from steward.execution import OutcomeRecord, RecordedChange
from steward.runs import ChunkReference, OutcomeCounts
from steward.values import ABSENT
from tests.ledger.examples import (
    change_set,
    change_sets,
    entry,
    held,
    predictions,
    run_start,
    simulated,
    simulation,
    snapshot,
    usd,
)


def outcomes_of(recorded: Sequence[RecordedChange]) -> list[Outcome]:
    """Return only the outcomes."""
    return [entry.outcome for entry in recorded]


async def tamper(url: str, ordinal: int, /, **values: object) -> None:
    """Edit a stored change behind the ledger's back."""
    database = Database(parse_url(url), Access.WRITE)
    edit = update(CHANGES).where(CHANGES.c.ordinal == ordinal).values(**values)
    await database.write(AsyncConnection.execute, edit)
    await database.close()


async def test_change_set_comes_back_in_chunks(ledger: SqlLedger) -> None:
    """The chunks of a plan together give back every change, pending and in its order."""
    changes = change_set(1_234)
    chunks = await simulated(ledger, changes)
    loaded = [entry for chunk in chunks for entry in await ledger.load_chunk(chunk)]
    assert len(chunks) > 3
    assert [entry.ordinal for entry in loaded] == list(range(1_234))
    assert tuple(entry.change for entry in loaded) == changes.changes
    assert Counter(outcomes_of(loaded)) == {Outcome.PENDING: 1_234}


def test_any_change_set_survives_the_ledger(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever a change set holds, the stored one has the same changes and the same digest."""
    url = default_url(tmp_path_factory.mktemp("ledger") / "ledger.db")
    _round_trip(url)


def _round_trip(url: str) -> None:
    migrate(url)

    @settings(max_examples=15)
    @given(changes=change_sets)
    def stored_equals_given(changes: ChangeSet) -> None:
        stored = asyncio.run(_stored(url, changes))
        assert stored == changes
        assert stored.digest == changes.digest

    stored_equals_given()


async def _stored(url: str, changes: ChangeSet) -> ChangeSet:
    run_id = f"run-{changes.digest}"
    async with open_ledger(url) as ledger:
        chunks = await simulated(ledger, changes, run_id)
        entries = [entry for chunk in chunks for entry in await ledger.load_chunk(chunk)]
    return ChangeSet(store=changes.store, changes=tuple(entry.change for entry in entries))


def test_any_change_set_survives_postgresql(postgresql_url: str) -> None:
    """PostgreSQL, too, gives back the same changes with the same digest."""
    _round_trip(postgresql_url)


async def test_saving_twice_changes_nothing(ledger: SqlLedger) -> None:
    """A repeated simulation of the same change set keeps what was stored and what was done."""
    (chunk,) = await simulated(ledger, change_set(3))
    await ledger.record_outcomes(
        chunk, [OutcomeRecord(ordinal=1, outcome=Outcome.APPLIED)], entry()
    )
    await simulated(ledger, change_set(3))
    assert outcomes_of(await ledger.load_chunk(chunk)) == [
        Outcome.PENDING,
        Outcome.APPLIED,
        Outcome.PENDING,
    ]


async def test_newest_simulation_counts_before_anything_is_written(ledger: SqlLedger) -> None:
    """The run names the change set that was simulated last, and earlier ones can still be read."""
    first, second = change_set(3), change_set(3, after="19.00")
    for changes in (first, second, first, second):
        await simulated(ledger, changes)
        assert (await ledger.load_run("run-1")).digest == changes.digest
    assert await ledger.load_simulation("run-1", first.digest) == simulation(first)


async def test_change_set_that_is_being_written_stays_named(ledger: SqlLedger) -> None:
    """Once a change is attempted no other change set takes its place, and nothing is stored."""
    first, second = change_set(3), change_set(3, after="19.00")
    (chunk,) = await simulated(ledger, first)
    await ledger.mark_attempting(chunk, [0], await held(ledger, chunk), entry())
    with pytest.raises(RunNotActive):
        await simulated(ledger, second)
    assert (await ledger.load_run("run-1")).digest == first.digest
    with pytest.raises(UnknownRun):
        await ledger.load_simulation("run-1", second.digest)


async def test_compensation_has_its_own_digest(ledger: SqlLedger) -> None:
    """The change set that undoes its own run is named apart and is not part of what was written."""
    changes = change_set(3)
    (chunk,) = await simulated(ledger, changes)
    await ledger.mark_attempting(chunk, [0, 1], await held(ledger, chunk), entry())
    (undo,) = await simulated(ledger, changes.inverse(), undoes_own_run=True)
    await ledger.mark_attempting(undo, [2], await held(ledger, undo), entry())
    record = await ledger.load_run("run-1")
    assert (record.digest, record.undo_digest) == (changes.digest, changes.inverse().digest)
    written = await ledger.load_written("run-1")
    assert [entry.change for entry in written] == list(changes.changes[:2])


async def test_a_change_set_takes_effect_once_it_is_adopted(
    ledger: SqlLedger, reader: LedgerReader
) -> None:
    """Recorded beside the run's own it changes nothing; adopting it is told in the trail once."""
    whole, edited = change_set(7), change_set(4)
    await simulated(ledger, whole)
    edit = entry(AuditKind.EDITED)
    for _ in range(2):
        await ledger.save_simulation(
            simulation(edited), edited, predictions(edited), snapshot(), takes_effect=False
        )
    assert (await ledger.load_run("run-1")).digest == whole.digest
    for _ in range(2):
        await ledger.adopt_change_set("run-1", edited.digest, edit)
    assert (await ledger.load_run("run-1")).digest == edited.digest
    assert [one.event for one in await reader.audit(run_id="run-1")] == [edit]
    for changes in (whole, edited):
        assert await ledger.load_change_set("run-1", changes.digest) == changes
    assert await ledger.load_snapshot("run-1", edited.digest) == snapshot()
    assert await ledger.load_snapshot("run-1", whole.digest) is None


async def test_an_altered_change_set_is_not_loaded(url: str, ledger: SqlLedger) -> None:
    """Nobody edits what is no longer what was simulated."""
    changes = change_set(7)
    await simulated(ledger, changes)
    await tamper(url, 3, after=usd("0.01"))
    with pytest.raises(ChangeSetTampered):
        await ledger.load_change_set("run-1", changes.digest)
    with pytest.raises(UnknownRun):
        await ledger.load_change_set("run-1", "0" * 64)


async def test_simulation_of_other_changes_is_refused(ledger: SqlLedger) -> None:
    """A simulation is stored only together with the changes that it is about."""
    await ledger.open_run(run_start())
    with pytest.raises(ChangeSetTampered):
        await ledger.save_simulation(simulation(change_set(2)), change_set(3), [], None)
    with pytest.raises(UnknownRun):
        await ledger.save_simulation(simulation(change_set(3), "nobody"), change_set(3), [], None)


async def test_predictions_and_snapshot_are_kept(ledger: SqlLedger, reader: LedgerReader) -> None:
    """What was predicted, and the catalogue that it was predicted from, can be read later."""
    changes = change_set(7)
    await ledger.open_run(run_start())
    for _ in range(2):
        await ledger.save_simulation(
            simulation(changes), changes, predictions(changes)[:6], snapshot()
        )
    stored = await reader.predictions("run-1", changes.digest)
    assert stored == predictions(changes)[:6]
    assert await reader.snapshot("run-1", changes.digest) == snapshot()
    await simulated(ledger, changes, "run-2")
    assert await reader.snapshot("run-2", changes.digest) is None


@pytest.mark.parametrize(
    "edit",
    [
        {"after": usd("0.01")},
        {"before": ABSENT},
        {"resource_id": "another"},
        {"label": "another"},
        {"ordinal": 900},
    ],
    ids=lambda edit: next(iter(edit)),
)
async def test_altered_changes_are_not_loaded(
    url: str, ledger: SqlLedger, edit: dict[str, object]
) -> None:
    """A change that was edited or is gone keeps its whole chunk from being loaded."""
    (chunk,) = await simulated(ledger, change_set(5))
    assert len(await ledger.load_chunk(chunk)) == 5
    await tamper(url, 4, **edit)
    with pytest.raises(ChangeSetTampered, match="run-1"):
        await ledger.load_chunk(chunk)


async def test_chunk_of_another_store_is_not_loaded(ledger: SqlLedger) -> None:
    """The digest covers the store's name, so that approved changes run nowhere else."""
    (chunk,) = await simulated(ledger, change_set(3))
    with pytest.raises(ChangeSetTampered):
        await ledger.load_chunk(chunk.model_copy(update={"store": "another-shop"}))


async def record(ledger: SqlLedger, chunk: ChunkReference, *outcomes: Outcome) -> list[Outcome]:
    """Record the outcomes from the first change on, twice, and return those now stored."""
    records = [
        OutcomeRecord(ordinal=ordinal, outcome=outcome, reason="why", live=usd("1"))
        for ordinal, outcome in enumerate(outcomes)
    ]
    told = entry()
    for _ in range(2):
        await ledger.record_outcomes(chunk, records, told)
    return outcomes_of(await ledger.load_chunk(chunk))


async def test_mark_never_takes_an_outcome_back(ledger: SqlLedger) -> None:
    """Marking again, by a belated attempt, leaves every change that has an outcome alone."""
    (chunk,) = await simulated(ledger, change_set(4))
    await ledger.mark_attempting(chunk, [0, 1, 2], await held(ledger, chunk), entry())
    known = [Outcome.APPLIED, Outcome.MOVED]
    assert await record(ledger, chunk, *known) == [*known, Outcome.ATTEMPTING, Outcome.PENDING]
    await ledger.mark_attempting(chunk, [0, 1, 2], await held(ledger, chunk), entry())
    await ledger.mark_attempting(chunk, [], await held(ledger, chunk), entry())
    stored = outcomes_of(await ledger.load_chunk(chunk))
    assert stored == [*known, Outcome.ATTEMPTING, Outcome.PENDING]


async def test_attempted_change_is_never_called_unchanged(ledger: SqlLedger) -> None:
    """A value that we sent, or were about to send, counts as ours when it is found in the store."""
    (chunk,) = await simulated(ledger, change_set(3))
    await ledger.mark_attempting(chunk, [0, 1], await held(ledger, chunk), entry())
    await record(ledger, chunk, Outcome.APPLIED)
    stored = await record(ledger, chunk, *[Outcome.UNCHANGED] * 3)
    assert stored == [Outcome.APPLIED, Outcome.APPLIED, Outcome.UNCHANGED]


async def test_verification_may_correct_an_outcome(ledger: SqlLedger) -> None:
    """A change that reads back otherwise than written gets the outcome that reading showed."""
    (chunk,) = await simulated(ledger, change_set(2))
    await record(ledger, chunk, Outcome.APPLIED, Outcome.APPLIED)
    await ledger.record_outcomes(
        chunk, [OutcomeRecord(ordinal=1, outcome=Outcome.MOVED, reason="is 1.00 USD now")], entry()
    )
    first, second = await ledger.load_chunk(chunk)
    assert (first.outcome, second.outcome) == (Outcome.APPLIED, Outcome.MOVED)
    assert second.reason == "is 1.00 USD now"


async def test_missing_change_is_never_marked(ledger: SqlLedger) -> None:
    """Marking or recording a change that is not stored fails and leaves the others alone."""
    (chunk,) = await simulated(ledger, change_set(3))
    with pytest.raises(ChangeSetTampered):
        await ledger.mark_attempting(chunk, [1, 2, 3], await held(ledger, chunk), entry())
    with pytest.raises(ChangeSetTampered):
        await record(ledger, chunk, *[Outcome.APPLIED] * 4)
    assert outcomes_of(await ledger.load_chunk(chunk)) == [Outcome.PENDING] * 3


async def test_outcomes_are_counted_and_what_was_written_is_listed(ledger: SqlLedger) -> None:
    """Counts cover every outcome; what may have been written is applied, attempted or unknown."""
    changes = change_set(8)
    first, *_ = await simulated(ledger, changes)
    chunk = first.model_copy(update={"last": 7, "content": changes.digest})
    await record(ledger, chunk, *[each for each in Outcome if each is not Outcome.PENDING])
    counts = await ledger.count_outcomes("run-1", changes.digest)
    assert counts == OutcomeCounts(**{each.value: 1 for each in Outcome} | {"pending": 2})
    written = await ledger.load_written("run-1")
    assert [entry.outcome for entry in written] == [
        Outcome.ATTEMPTING,
        Outcome.APPLIED,
        Outcome.UNKNOWN,
    ]
    assert await ledger.count_outcomes("run-1", "another") == OutcomeCounts()


async def test_whatever_was_sent_may_have_been_written(ledger: SqlLedger) -> None:
    """An outcome that says otherwise may be wrong, as where reads lag behind writes."""
    (chunk,) = await simulated(ledger, change_set(4))
    digests = dict.fromkeys(range(3), "sent")
    await ledger.mark_attempting(chunk, range(3), await held(ledger, chunk), entry(), digests)
    found = [Outcome.REFUSED, Outcome.MOVED, Outcome.PENDING, Outcome.MOVED]
    await record(ledger, chunk, *found)
    written = await ledger.load_written("run-1")
    assert [(it.ordinal, it.outcome) for it in written] == list(enumerate(found[:3]))


async def test_run_without_change_set_has_written_nothing(ledger: SqlLedger) -> None:
    """A run that was never simulated has nothing to undo."""
    await ledger.open_run(run_start())
    assert list(await ledger.load_written("run-1")) == []


async def test_large_batches_fit_into_statements(ledger: SqlLedger) -> None:
    """A batch may be as large as a change set, beyond what one statement may list."""
    changes = change_set(2_500)
    chunks = await simulated(ledger, changes)
    whole = chunks[0].model_copy(update={"first": 0, "last": 2_499})
    await ledger.mark_attempting(whole, range(2_500), await held(ledger, whole), entry())
    await ledger.record_outcomes(
        whole, [OutcomeRecord(ordinal=n, outcome=Outcome.APPLIED) for n in range(2_500)], entry()
    )
    counts = await ledger.count_outcomes("run-1", changes.digest)
    assert counts == OutcomeCounts(applied=2_500)


async def test_cancelled_write_leaves_nothing_half_done(ledger: SqlLedger) -> None:
    """Whenever a step is cancelled, it stores all or nothing, and no lock stays behind."""
    changes = change_set(500)
    whole = changes.digest
    cancellations: list[object] = []
    for number in range(20):
        run_id = f"run-{number}"
        saving = asyncio.create_task(simulated(ledger, changes, run_id))
        await asyncio.sleep(number / 500)
        saving.cancel()
        # Kept, since what is left of a cancelled transaction could live on in a traceback.
        cancellations += await asyncio.gather(saving, return_exceptions=True)
        await ledger.open_run(run_start(run_id))
        total = (await ledger.count_outcomes(run_id, whole)).total
        assert (total, (await ledger.load_run(run_id)).digest) in {(0, None), (500, whole)}
    assert any(isinstance(each, asyncio.CancelledError) for each in cancellations)
