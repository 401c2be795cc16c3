"""Who may do what about a field that another run holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from steward.changes import FieldName
from steward.claim_words import in_the_way
from steward.claims import LEASE, WISH, Holder, Overlap, Precedence, precedence

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
# The connectors give up on a call after 30 s.
LONGEST_CALL = timedelta(seconds=30)

holders = st.builds(
    Holder,
    run_id=st.just("other"),
    undo=st.booleans(),
    writes_until=st.none()
    | st.integers(-120, 120).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    is_paused=st.booleans(),
)


@given(holder=holders)
def test_an_ordinary_run_takes_nothing_from_a_run_that_may_go_on(holder: Holder) -> None:
    """Whatever the holder does, even resting for days, an ordinary run waits for its end."""
    assert precedence(holder, undo=False) is Precedence.WAIT


@given(holder=holders)
def test_an_undo_waits_for_other_undos_only(holder: Holder) -> None:
    """It takes or asks for the fields of ordinary runs, and those of no undo that may go on."""
    waits = precedence(holder, undo=True) is Precedence.WAIT
    rests_for_good = holder.is_paused and holder.writes_until is None
    assert waits == (holder.undo and not rests_for_good)


@given(holder=holders)
def test_an_undo_takes_nothing_whose_write_may_be_on_its_way(holder: Holder) -> None:
    """A field is taken while nothing of its holder is on its way, as far as anybody knows."""
    if precedence(holder, undo=True) is Precedence.TAKE:
        assert holder.writes_until is None
        assert not holder.may_be_writing(NOON)


def test_a_lease_outlasts_a_call() -> None:
    """A write that was sent right after its mark has arrived, or never will, when it lapses."""
    assert LEASE >= 1.5 * LONGEST_CALL
    # An undo asks again every four seconds.
    assert timedelta(seconds=4) < WISH


@given(fields=st.integers(1, 2_000_000), label=st.text(), field=st.sampled_from(FieldName))
def test_who_is_in_the_way_is_one_line(fields: int, label: str, field: FieldName) -> None:
    """Whatever a merchant calls a product, it names the run and stays short."""
    overlap = Overlap(fields=fields, field=field, label=label)
    words = in_the_way([Holder(run_id="run-a", undo=False)], overlap)
    assert words.startswith("run run-a, which changes the same fields: ")
    assert "\n" not in words
    assert len(words) < 160
    assert words.endswith(f" and {fields - 1:,} more") == (fields > 1)


def test_all_who_are_in_the_way_are_counted() -> None:
    """The first is named, the others are told of; an undo takes back."""
    undo = Holder(run_id="undo-a", undo=True)
    assert in_the_way([undo], None) == "run undo-a, which takes back the same fields"
    overlap = Overlap(fields=3, field=FieldName.PRICE, label="Shirt, M")
    words = in_the_way([Holder(run_id="run-a", undo=False), undo], overlap)
    which = "which changes the same fields: price of Shirt, M and 2 more"
    assert words == f"run run-a and 1 more, {which}"
