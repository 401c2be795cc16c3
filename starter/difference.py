"""`steward diff`: the changes of a run, before and after."""

import json
from collections.abc import AsyncIterator, Sequence

from starter.change_table import ChangeTable
from starter.choices import one_of
from starter.listed import ListedChange, listed_changes
from starter.screen import Screen
from starter.session import Session
from starter.views import change_data, is_undo
from steward.changes import Outcome
from steward.errors import RunNotActive
from steward.outcome_words import UNDO_WORDS
from steward.runs import RunRecord, RunStatus

_ROWS_AT_ONCE = 200


async def show_diff(
    session: Session,
    run_id: str,
    *,
    limit: int | None,
    outcome: str | None,
    of_undo: bool,
    as_json: bool,
) -> None:
    """Print the first changes of a run, or all without a limit.

    `of_undo` means those changes by which the run took back what it had written.
    """
    screen = session.screen
    wanted = None if outcome is None else outcomes_named(outcome)
    async with session.services.ledger() as reader:
        record = await reader.run(run_id)
        digest = record.undo_digest if of_undo else record.digest
        if digest is None:
            raise _no_changes(record, of_undo=of_undo)
        changes = listed_changes(reader, run_id, digest, wanted=wanted)
        if as_json:
            await _print_json(screen, record, digest, changes, limit)
            return
        shown = await print_changes(screen, changes, limit=limit, undo=of_undo or is_undo(record))
        left = (
            (await reader.outcomes(run_id, digest)).total - shown
            if wanted is None
            else sum([1 async for _ in changes])
        )
    if not shown:
        screen.note("No change has this outcome.")
    elif left:
        screen.note(f"{left:,} more: steward diff {run_id} --all{' --undo' * of_undo}")
    screen.note(f"Digest: {digest}")


def outcomes_named(word: str) -> frozenset[Outcome]:
    """Return the outcomes that a word means; raises `InvalidInput`."""
    words = {outcome.value: {outcome} for outcome in Outcome}
    for outcome, undo_word in UNDO_WORDS.items():
        words.setdefault(undo_word, set()).add(outcome)
    return frozenset(words[one_of(words, word, "outcome")])


def _no_changes(record: RunRecord, *, of_undo: bool) -> RunNotActive:
    run_id = record.start.run_id
    if of_undo:
        return RunNotActive(
            f"Run {run_id} has taken nothing back.",
            remedy=f"See what it changed with `steward diff {run_id}`.",
        )
    if record.status is RunStatus.RUNNING:
        return RunNotActive(
            f"Run {run_id} is not simulated yet; it is in stage {record.stage.value}.",
            remedy=f"Wait for it with `steward watch {run_id}`.",
        )
    return RunNotActive(
        f"Run {run_id} ended without a simulation: {record.reason}",
        remedy="Start another run.",
    )


async def print_changes(
    screen: Screen, changes: AsyncIterator[ListedChange], *, limit: int | None, undo: bool
) -> int:
    """Print up to `limit` changes as they are read, and return how many there were."""
    table = ChangeTable(screen, undo=undo)
    async for page in _pages(changes, limit):
        table.add(page)
    table.explain()
    return table.shown


async def _pages(
    changes: AsyncIterator[ListedChange], limit: int | None
) -> AsyncIterator[Sequence[ListedChange]]:
    page: list[ListedChange] = []
    taken = 0
    while limit is None or taken < limit:
        listed = await anext(changes, None)
        if listed is None:
            break
        page.append(listed)
        taken += 1
        if len(page) == _ROWS_AT_ONCE:
            yield page
            page = []
    if page:
        yield page


async def _print_json(
    screen: Screen,
    record: RunRecord,
    digest: str,
    changes: AsyncIterator[ListedChange],
    limit: int | None,
) -> None:
    head = json.dumps({"run_id": record.start.run_id, "digest": digest}, ensure_ascii=False)
    screen.raw(f'{head[:-1]}, "changes": [')
    separator = "\n"
    async for page in _pages(changes, limit):
        for listed in page:
            screen.raw(f"{separator}  {json.dumps(change_data(listed), ensure_ascii=False)}")
            separator = ",\n"
    screen.raw("\n]}\n")
