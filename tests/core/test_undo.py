"""An undo takes back what was written, newest first, and a table shows any change harmlessly."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.tables import changes_table
from steward.changes import Change, ChangeSet, FieldName, Outcome
from steward.errors import EmptySelection
from steward.execution import Executor, RecordedChange
from steward.money import Money
from steward.undoing import UndoScope, is_about, newer_values, undo_of
from steward.values import ABSENT
from tests.core.fakes import Breaking, Crash, FakeJournal, FakeStore, values_before
from tests.core.strategies import change_of, change_sets, price_changes, usd


@given(change_sets(), st.integers(1, 30), st.data())
def test_undoing_an_interrupted_run_restores_the_store(
    change_set: ChangeSet, moment: int, data: st.DataObject
) -> None:
    """Wherever a run died, its undo restores every value, save those that somebody changed since.

    Those are kept and recorded.
    """
    breaking = Breaking({moment: Crash()})
    original = values_before(change_set)
    store, journal = FakeStore(original, breaking=breaking), FakeJournal(change_set, breaking)
    try:
        asyncio.run(Executor(store, journal, parallel_requests=2).execute(journal.recorded()))
    except Crash:
        breaking.dead = False
    breaking.moments.clear()
    moved = data.draw(st.sets(st.sampled_from(change_set.changes), max_size=2))
    for change in moved:
        store.values[change.target] = usd("12345.67")
    reached = {Outcome.ATTEMPTING, Outcome.APPLIED}
    written = [entry for entry in journal.recorded() if entry.outcome in reached]
    undo = undo_of("demo", written, store.values)
    records = FakeJournal(undo)
    asyncio.run(Executor(store, records, parallel_requests=2).execute(records.recorded()))
    for change in change_set.changes:
        kept = usd("12345.67") if change in moved else original[change.target]
        assert store.values[change.target] == kept
    for entry in records.recorded():
        expected = {Outcome.APPLIED, Outcome.UNCHANGED}
        if entry.change.inverse() in moved:
            expected = {Outcome.MOVED}
        assert entry.outcome in expected


def test_the_newest_change_is_undone_first() -> None:
    """An undo runs backwards."""
    changes = price_changes(3, 1).changes
    written = [
        RecordedChange(ordinal=number, change=change, outcome=Outcome.APPLIED)
        for number, change in enumerate(changes)
    ]
    undo = undo_of("demo", written, {change.target: change.after for change in changes})
    assert undo.changes == tuple(change.inverse() for change in reversed(changes))


def test_what_never_reached_the_store_is_not_undone() -> None:
    """A change without an answer whose old value is there was not applied; one that is, was."""
    first, second = price_changes(2, 1).changes
    written = [
        RecordedChange(ordinal=0, change=first, outcome=Outcome.ATTEMPTING),
        RecordedChange(ordinal=1, change=second, outcome=Outcome.ATTEMPTING),
    ]
    live = {first.target: first.before, second.target: second.after}
    assert undo_of("demo", written, live).changes == (second.inverse(),)


def test_what_was_taken_back_since_is_not_undone_again() -> None:
    """A change whose old value is there again is no part of a later undo, nor of its figures."""
    back, there = price_changes(2, 1).changes
    written = [
        RecordedChange(ordinal=number, change=change, outcome=Outcome.APPLIED)
        for number, change in enumerate((back, there))
    ]
    live = {back.target: back.before, there.target: there.after}
    assert undo_of("demo", written, live).changes == (there.inverse(),)


def test_a_table_shows_the_head() -> None:
    """Up to twelve changes are shown with their moves, and the number of the others."""
    assert changes_table(
        [
            change_of(1, 1, FieldName.PRICE, usd("24"), usd("20.40")),
            change_of(1, 1, FieldName.COMPARE_AT_PRICE, ABSENT, usd(24)),
        ]
    ).splitlines()[2:] == [
        "| Product 1, size 1 | price | 24.00 USD | 20.40 USD | -15.0 % |",
        "| Product 1, size 1 | compare at | - | 24.00 USD |  |",
    ]
    table = changes_table(price_changes(13, 1).changes)
    assert table.count("| price |") == 12
    assert table.endswith("… and 1 more.")


@pytest.mark.parametrize(
    "label",
    [
        "a | b",
        "<img src=x>",
        "[click](http://x)",
        "https://x.example",
        "www.example.com",
        "a@b.example",
        "&lt;",
        "# x\n| y",
        "`x` *y* _z_ ~~w~~",
        "\\| x",
        "a" * 200,
    ],
)
def test_a_label_stays_in_its_cell(label: str) -> None:
    """A merchant's text adds neither rows nor cells nor markup to a table."""
    change = price_changes(1, 1).changes[0].model_copy(update={"label": label})
    rows = changes_table([change]).splitlines()
    assert len(rows) == 3
    cells = rows[2].replace("\\\\", "").replace("\\|", "")
    assert cells.count("|") == 6
    for sign in "<[`*_#&:.":
        assert sign not in cells.split("|")[1].replace(f"\\{sign}", "")
    assert len(rows[2]) < 200


def recorded(*changes: Change) -> list[RecordedChange]:
    """Return the changes as a run wrote them."""
    return [
        RecordedChange(ordinal=number, change=change, outcome=Outcome.APPLIED)
        for number, change in enumerate(changes)
    ]


SHIRT = change_of(1, 1, FieldName.PRICE, usd(20), usd(15))
SHIRT_SALE = change_of(1, 1, FieldName.COMPARE_AT_PRICE, ABSENT, usd(20))
SHOE = change_of(2, 1, FieldName.PRICE, usd(50), usd(40))
AS_WRITTEN = {change.target: change.after for change in (SHIRT, SHIRT_SALE, SHOE)}


@pytest.mark.parametrize(
    ("scope", "undone"),
    [
        (UndoScope(), [SHOE, SHIRT_SALE, SHIRT]),
        (UndoScope(fields=(FieldName.PRICE,)), [SHOE, SHIRT]),
        (UndoScope(items=("p1",)), [SHIRT_SALE, SHIRT]),
        (UndoScope(items=("v2-1",)), [SHOE]),
        (UndoScope(items=("product 2",), fields=(FieldName.PRICE,)), [SHOE]),
    ],
)
def test_a_part_of_a_run_is_undone(scope: UndoScope, undone: list[Change]) -> None:
    """Items are told by an id or words of their label, fields by name; the rest stays."""
    found = undo_of("demo", recorded(SHIRT, SHIRT_SALE, SHOE), AS_WRITTEN, scope)
    assert [change.inverse() for change in found.changes] == undone


def test_a_scope_that_covers_nothing_is_told() -> None:
    """A mistyped item must not look like a run that left nothing to undo."""
    with pytest.raises(EmptySelection, match="these items"):
        undo_of("demo", recorded(SHIRT), AS_WRITTEN, UndoScope(items=("hat",)))


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("outcome", "live", "is_undone"),
    [
        (Outcome.REFUSED, usd(20), False),
        (Outcome.REFUSED, usd(15), True),
        (Outcome.REFUSED, usd(17), False),
        (Outcome.PENDING, usd(15), True),
        (Outcome.PENDING, usd(17), False),
        (Outcome.MOVED, usd(20), False),
        (Outcome.MOVED, usd(15), True),
        (Outcome.MOVED, usd(17), True),
    ],
)
def test_what_was_sent_is_undone_by_what_the_store_holds(
    outcome: Outcome, live: Money, *, is_undone: bool, force: bool
) -> None:
    """Ours is taken back whatever was recorded; what was not applied is nobody's newer value."""
    sent = [RecordedChange(ordinal=0, change=SHIRT, outcome=outcome)]
    undo = undo_of("demo", sent, {SHIRT.target: live}, UndoScope(force=force))
    expected = SHIRT.inverse().model_copy(update={"before": live if force else SHIRT.after})
    assert list(undo.changes) == ([expected] if is_undone else [])


def test_a_forced_undo_starts_from_the_newer_value() -> None:
    """Unforced, a newer value is found moved; forced, it is what the undo replaces."""
    live = {**AS_WRITTEN, SHIRT.target: usd(17)}
    written = recorded(SHIRT, SHOE)
    kept = undo_of("demo", written, live)
    forced = undo_of("demo", written, live, UndoScope(force=True))
    assert [change.before for change in kept.changes] == [usd(40), usd(15)]
    assert [change.before for change in forced.changes] == [usd(40), usd(17)]
    assert (newer_values(kept, written), newer_values(forced, written)) == (0, 1)


@pytest.mark.parametrize(
    ("label", "item", "is_meant"),
    [
        ("Tote No. 8, XS (ACC-1-001)", "No. 8", True),
        ("Tote No. 80, XS (ACC-1-001)", "No. 8", False),
        ("Tote No. 8, XS (ACC-1-001)", "tote no. 8, xs", True),
        ("Tote No. 8, XS (ACC-1-001)", "ACC-1-001", True),
        ("Tote No. 8, XS (ACC-1-001)", "ACC", False),
        ("Tote No. 8, XS (ACC-1-001)", "(ACC-1-001)", True),
        ("Straße (1)", "STRASSE", True),
    ],
)
def test_an_item_is_named_by_whole_words(label: str, item: str, *, is_meant: bool) -> None:
    """Whoever names one product means no other whose name happens to begin so."""
    change = price_changes(1, 1).changes[0].model_copy(update={"label": label})
    assert is_about(change, item) is is_meant
