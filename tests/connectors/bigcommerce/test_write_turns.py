"""Turns to write: the same kind goes together, different kinds never do, and nobody is passed."""

import asyncio
from contextlib import AbstractAsyncContextManager

from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce.write_turns import WriteTurns


class Writing:
    """Writes that take a few turns of the event loop, and note what was under way beside them."""

    def __init__(self) -> None:
        self.turns = WriteTurns()
        self.under_way: list[str] = []
        self.begun: list[str] = []
        self.seen: set[tuple[str, ...]] = set()

    def turn(self, kind: str) -> AbstractAsyncContextManager[None]:
        """Return a turn of this kind."""
        return self.turns.stock() if kind == "stock" else self.turns.catalog()

    async def write(self, kind: str, long: int = 3) -> None:
        """Take a turn and hold it so long."""
        async with self.turn(kind):
            self.begun.append(kind)
            self.under_way.append(kind)
            for _ in range(long):
                self.seen.add(tuple(sorted(self.under_way)))
                await asyncio.sleep(0)
            self.under_way.remove(kind)


kinds = st.sampled_from(["stock", "catalog"])


@given(st.lists(st.tuples(kinds, st.integers(1, 5)), max_size=12))
def test_kinds_never_mix_and_every_turn_comes_in_order(wanted: list[tuple[str, int]]) -> None:
    """However many are asked for at once."""
    writing = Writing()

    async def run() -> None:
        await asyncio.gather(*(writing.write(kind, long) for kind, long in wanted))

    asyncio.run(run())
    assert all(len(set(seen)) == 1 for seen in writing.seen)
    assert writing.begun == [kind for kind, _ in wanted]


async def test_writes_of_one_kind_are_under_way_together() -> None:
    """The turns exclude the other kind only."""
    writing = Writing()
    await asyncio.gather(writing.write("stock"), writing.write("stock"))
    assert ("stock", "stock") in writing.seen


async def test_who_is_cancelled_while_waiting_holds_nobody_up() -> None:
    """Neither does who is cancelled in the middle of a turn."""
    writing = Writing()
    first = asyncio.ensure_future(writing.write("catalog", 1000))
    second = asyncio.ensure_future(writing.write("stock"))
    await asyncio.sleep(0)
    third = asyncio.ensure_future(writing.write("catalog"))
    await asyncio.sleep(0)
    second.cancel()
    await third
    first.cancel()
    await writing.write("stock")
    assert writing.begun == ["catalog", "catalog", "stock"]
