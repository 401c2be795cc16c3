"""The watch after the last wave: how often it looks, what it reads, and what counts as drift."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.changes import Change, FieldName, Outcome, ResourceKind, Target
from steward.execution import RecordedChange
from steward.policy import MOST_LOOKS, Watch
from steward.policy_book import PolicyBook, PolicyPart, policy_digest
from steward.runs import Watched
from steward.values import ABSENT, PRESENT, Quantity, Value
from steward.watch import differing, drifts_among, sample_of, watched_of, watched_sentence
from tests.core.strategies import change_of, usd

MINUTE = timedelta(minutes=1)
PRICE = change_of(1, 1, FieldName.PRICE, usd("20"), usd("18"))

sizes = st.integers(1, 500)
changes = st.integers(1, 100_000)
looks = st.integers(1, MOST_LOOKS)


def recorded(
    change: Change, outcome: Outcome = Outcome.APPLIED, ordinal: int = 0
) -> RecordedChange:
    """Return a change with what became of it."""
    return RecordedChange(ordinal=ordinal, change=change, outcome=outcome)


def drift_of(
    change: Change, live: Value | None, by_others: Mapping[Target, tuple[Value, ...]] | None = None
) -> list[str]:
    """Return in words what a look finds of one change."""
    held = {} if live is None else {change.target: live}
    found = differing(watched_of([recorded(change)]), held)
    return [drift.sentence for drift in drifts_among(found, held, by_others or {})]


@given(changes, sizes, looks)
def test_a_sample_takes_one_change_of_each_stretch(changes: int, size: int, look: int) -> None:
    """What is read is spread evenly, in order, and never more than asked for."""
    sample = sample_of("abc", changes, size, look)
    assert len(sample) == min(changes, size)
    for stretch, ordinal in enumerate(sample):
        assert stretch * changes // len(sample) <= ordinal < (stretch + 1) * changes // len(sample)
    assert sample == sample_of("abc", changes, size, look)


def test_looks_and_change_sets_differ_in_what_they_read() -> None:
    """Another look reads others, so that in time much of a large change set is read."""
    samples = [sample_of("abc", 1_000, 50, look) for look in range(1, 13)]
    assert len({ordinal for sample in samples for ordinal in sample}) > 400
    assert sample_of("abd", 1_000, 50, 1) != samples[0]


@pytest.mark.parametrize(
    ("hours", "minutes", "problem"),
    [(1, 61, "never looks"), (24, 7, "205 times"), (48, 10, "at most 200 are possible")],
)
def test_a_watch_looks_at_least_once_and_not_too_often(
    hours: int, minutes: int, problem: str
) -> None:
    """A watch that would never look, or make the history too long, is refused in a sentence."""
    with pytest.raises(ValidationError, match=problem):
        Watch(lasting=timedelta(hours=hours), every=minutes * MINUTE, sample=1)
    assert Watch(lasting=200 * MINUTE, every=MINUTE, sample=1).looks == MOST_LOOKS


def watch(lasting: int, every: int, sample: int) -> PolicyPart:
    """Return the part of a policy that asks for a watch, in minutes."""
    rule = Watch(lasting=lasting * MINUTE, every=every * MINUTE, sample=sample)
    return PolicyPart(watch=rule)


def test_the_longer_watch_that_looks_more_often_at_more_wins() -> None:
    """Each figure is the stricter one, whichever part states it."""
    book = PolicyBook(
        everybody=watch(120, 10, 50), stores={"demo": watch(60, 5, 20), "other": PolicyPart()}
    )
    assert book.policy_for("demo", "any").watch == watch(120, 5, 50).watch
    assert book.policy_for("other", "any").watch == watch(120, 10, 50).watch


def test_parts_that_would_look_too_often_together_are_refused() -> None:
    """A file is refused where its parts together make more looks than are possible."""
    with pytest.raises(ValidationError, match="looks 1,440 times, and at most 200"):
        PolicyBook(everybody=watch(1_440, 10, 50), stores={"demo": watch(60, 1, 20)})


def test_rules_without_a_watch_keep_their_digest() -> None:
    """A release that knows watches does not take older rules for changed ones."""
    policy = PolicyBook().policy_for("demo", "any")
    assert "watch" not in policy.model_dump(mode="json")
    assert policy_digest(policy) != policy_digest(
        PolicyBook(everybody=watch(120, 10, 50)).policy_for("demo", "any")
    )


def test_another_value_is_drift_and_so_is_one_that_is_gone() -> None:
    """Whatever the store holds instead of what was written is told, the old value too."""
    assert drift_of(PRICE, usd("18")) == []
    for live in ("20", "9.99"):
        (told,) = drift_of(PRICE, usd(live))
        assert told.endswith(f"price is {usd(live)}, written was {usd('18')}")
    (told,) = drift_of(PRICE, None)
    assert told.endswith("price is gone")


def test_what_another_run_wrote_is_newer() -> None:
    """A value of another run is no drift, but one that is neither its nor ours is."""
    by_others = {PRICE.target: (usd("17"),)}
    assert drift_of(PRICE, usd("17"), by_others) == []
    assert len(drift_of(PRICE, usd("16"), by_others)) == 1


def test_a_tag_that_is_taken_away_is_told_by_its_name() -> None:
    """A membership reads as what it is of."""
    target = Target(
        resource_kind=ResourceKind.PRODUCT, resource_id="p1", field=FieldName.TAG, key="sale"
    )
    change = Change(
        target=target,
        product_id="p1",
        label="Shirt",
        before=ABSENT,
        after=PRESENT,
        key_label="Sale",
    )
    assert drift_of(change, PRESENT) == []
    (told,) = drift_of(change, ABSENT)
    assert told.endswith("written was Sale")


def test_stock_and_what_was_not_written_are_not_watched() -> None:
    """Every order moves stock; and a change that was left alone is nobody's value."""
    target = Target(
        resource_kind=ResourceKind.INVENTORY_ITEM,
        resource_id="i1",
        field=FieldName.INVENTORY_QUANTITY,
        key="l",
    )
    stock = Change(
        target=target, product_id="p", label="Shirt", before=Quantity(units=1),
        after=Quantity(units=5), key_label="Berlin",
    )  # fmt: skip
    left_alone = [
        recorded(PRICE, outcome)
        for outcome in Outcome
        if outcome not in {Outcome.APPLIED, Outcome.UNCHANGED}
    ]
    assert watched_of([recorded(stock), *left_alone]) == []


def test_a_sentence_tells_the_alarm_and_its_absence() -> None:
    """The reason of a run says what its watch saw, and why it was shorter than meant."""
    calm = watched_sentence(Watched(looks=12, checked=600))
    assert calm == "Watched 12 times, 600 values read: nothing drifted."
    told = watched_sentence(
        Watched(
            looks=1, failed=1, checked=50, drifted=2, examples=("a", "b"), ended_early="By rita."
        )
    )
    assert told == (
        "Watched 1 time, 50 values read: 2 DRIFTED, such as a; b. "
        "1 of these looks failed, as the store did not answer. "
        "The watch was ended early, and nothing taken back: By rita."
    )
