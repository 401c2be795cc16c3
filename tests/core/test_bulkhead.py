"""The bulkhead: how many steps of one store a process carries beside those of the others."""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from activities.bulkhead import Bulkhead, wait_for_turn


def fill(bulkhead: Bulkhead, store: str, stack: ExitStack, *, undo: bool = False) -> int:
    """Begin steps of a store until one is turned away, and return how many began."""
    begun = 0
    while begun < 1_000 and bulkhead.has_room(store, undo=undo):
        stack.enter_context(bulkhead.carrying(store))
        begun += 1
    return begun


def test_a_store_has_its_share_and_no_more() -> None:
    """A store takes what it may, keeps no other out, and gets a place back when a step ends."""
    bulkhead = Bulkhead(per_store=8, for_undo=4)
    with ExitStack() as stack:
        assert fill(bulkhead, "busy", stack) == 8
        assert bulkhead.has_room("other", undo=False)
    assert bulkhead.under_way("busy") == 0
    assert bulkhead.has_room("busy", undo=False)


def test_an_undo_passes_its_own_stores_work() -> None:
    """Places are kept for taking changes back; a store's ordinary steps cannot use them."""
    bulkhead = Bulkhead(per_store=8, for_undo=4)
    with ExitStack() as stack:
        fill(bulkhead, "busy", stack)
        assert fill(bulkhead, "busy", stack, undo=True) == 4
        assert not bulkhead.has_room("busy", undo=False)
        assert bulkhead.has_room("other", undo=False)


def test_without_a_limit_all_may_begin() -> None:
    """A limit of 0 turns nothing away."""
    with ExitStack() as stack:
        assert fill(Bulkhead(per_store=0, for_undo=1), "busy", stack) == 1_000


@given(attempt=st.integers(1, 100_000), undo=st.booleans())
def test_the_wait_grows_to_a_limit(attempt: int, undo: bool) -> None:  # noqa: FBT001 - drawn
    """A step that is turned away comes back after seconds, an undo sooner, and never at once."""
    seconds = wait_for_turn(attempt, undo=undo).total_seconds()
    assert 0.5 <= seconds <= (4 if undo else 30)
    if attempt == 1:
        assert seconds <= 1
    if attempt > 5 and not undo:
        assert seconds >= 15
