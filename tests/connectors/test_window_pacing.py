"""The window pacer: nearly the whole quota, nearly no throttling, in order, and never for ever."""

import asyncio
import math
import random
from dataclasses import replace

import pytest

from connectors.window_pacing import WindowLevel, WindowPacer
from tests.connectors.simulated_time import SimulatedTime

WINDOW_SECONDS = 30.0
ASSUMED = WindowLevel(quota=150, left=150, reset_seconds=30, window_seconds=30)


class SimulatedWindow:
    """The platform's side: counts calls in windows that follow one another, and reports them."""

    def __init__(self, time: SimulatedTime, *, quota: int, first_ends_at: float = 30.0) -> None:
        self.quota = quota
        self.served = 0
        self.throttled = 0
        self._time = time
        self._left = quota
        self._ends_at = first_ends_at
        self._first_ends_at = first_ends_at

    def take(self) -> WindowLevel:
        """Serve or throttle one call; return the level."""
        self._turn()
        if self._left:
            self._left -= 1
            self.served += 1
        else:
            self.throttled += 1
        return self.level()

    def level(self) -> WindowLevel:
        """Return the level now."""
        self._turn()
        remaining = self._ends_at - self._time.seconds()
        return WindowLevel(self.quota, self._left, remaining, WINDOW_SECONDS)

    def allowance(self, until: float) -> int:
        """Return all calls of the windows that began before this moment."""
        return self.quota * (1 + math.ceil((until - self._first_ends_at) / WINDOW_SECONDS))

    def _turn(self) -> None:
        while self._time.seconds() >= self._ends_at:
            self._ends_at += WINDOW_SECONDS
            self._left = self.quota


class Process:
    """One process that sends calls through its own pacer, several at a time."""

    def __init__(self, time: SimulatedTime, window: SimulatedWindow, seed: int) -> None:
        self.pacer = WindowPacer(ASSUMED, time)
        self.calls = 0
        self._time = time
        self._window = window
        self._random = random.Random(seed)

    async def send(self, until: float, lanes: int) -> None:
        """Send calls, one after the other in each lane."""
        await asyncio.gather(*(self._lane(until) for _ in range(lanes)))

    async def _lane(self, until: float) -> None:
        while True:
            async with self.pacer.admitted() as admission:
                await self._time.sleep(self._random.uniform(0.01, 0.2))
                if self._time.seconds() >= until:
                    admission.not_sent()
                    return
                level = self._window.take()
                self.calls += 1
                await self._time.sleep(self._random.uniform(0.01, 0.2))
                admission.answered(level)


@pytest.mark.parametrize(
    ("processes", "quota", "first_ends_at"),
    [
        (1, 150, 30.0),
        (1, 150, 7.0),
        (1, 450, 30.0),
        (1, 3000, 30.0),
        (3, 150, 30.0),
        (3, 150, 7.0),
        (3, 450, 7.0),
        (4, 150, 7.0),
        (4, 450, 7.0),
    ],
)
async def test_nearly_all_is_used_and_nearly_nothing_throttled(
    processes: int, quota: int, first_ends_at: float
) -> None:
    """More than 95 % of the quota is used, under 0.1 % throttled, each process gets its share.

    Over four minutes, with 24 calls at a time in each process, from the midst of a window or not.
    """
    time = SimulatedTime()
    window = SimulatedWindow(time, quota=quota, first_ends_at=first_ends_at)
    senders = [Process(time, window, seed) for seed in range(processes)]

    await time.run(*(sender.send(239, lanes=24) for sender in senders))

    assert window.served / window.allowance(239) > 0.95
    assert window.throttled <= (window.served + window.throttled) / 1000
    assert min(sender.calls for sender in senders) * 1.3 > max(sender.calls for sender in senders)


class Writer(Process):
    """A process that compares and writes as the executor does, some requests at a time."""

    def __init__(self, time: SimulatedTime, window: SimulatedWindow, seed: int) -> None:
        super().__init__(time, window, seed)
        self.gaps: list[float] = []

    async def write(self, until: float, lanes: int) -> None:
        """Read once, then write up to eight times at once, in each lane."""
        await asyncio.gather(*(self._write_in_lane(until) for _ in range(lanes)))

    async def _write_in_lane(self, until: float) -> None:
        while self._time.seconds() < until:
            async with self.pacer.booked(2, 9) as calls:
                assert 2 <= calls <= 9
                await self._call()
                compared = self._time.seconds()
                await asyncio.gather(*(self._call(compared) for _ in range(calls - 1)))

    async def _call(self, compared: float | None = None) -> None:
        async with self.pacer.admitted() as admission:
            if compared is not None:
                self.gaps.append(self._time.seconds() - compared)
            await self._time.sleep(self._random.uniform(0.01, 0.2))
            level = self._window.take()
            self.calls += 1
            await self._time.sleep(self._random.uniform(0.01, 0.2))
            admission.answered(level)


@pytest.mark.parametrize("processes", [1, 3])
async def test_what_was_compared_does_not_wait_for_the_next_window(processes: int) -> None:
    """What is left of a window is used by as many writes as it bears, each after its reading.

    With other processes there a few still meet the end of a window, above all of the first one.
    """
    time = SimulatedTime()
    window = SimulatedWindow(time, quota=150)
    writers = [Writer(time, window, seed) for seed in range(processes)]

    await time.run(*(writer.write(119, lanes=8) for writer in writers))

    assert window.served / window.allowance(119) > 0.95
    assert window.throttled <= (window.served + window.throttled) / 1000
    gaps = [gap for writer in writers for gap in writer.gaps]
    waited = sum(gap > 5 for gap in gaps) / len(gaps)
    assert waited == 0 if processes == 1 else waited < 0.1


async def called(pacer: WindowPacer, level: WindowLevel | None) -> None:
    """Make one call that is answered with this level."""
    async with pacer.admitted() as admission:
        if level is not None:
            admission.answered(level)


async def used_up(time: SimulatedTime, reset_seconds: float = 12) -> WindowPacer:
    """A pacer whose platform has just said that nothing is left."""
    pacer = WindowPacer(ASSUMED, time)
    await called(pacer, replace(ASSUMED, left=0, reset_seconds=reset_seconds))
    return pacer


async def test_one_call_goes_ahead_before_the_window_is_known() -> None:
    """Until the first answer one call is under way, then the others follow."""
    time = SimulatedTime()
    pacer = WindowPacer(ASSUMED, time)
    started: list[float] = []

    async def call() -> None:
        async with pacer.admitted() as admission:
            started.append(time.seconds())
            await time.sleep(1)
            admission.answered(replace(ASSUMED, left=100, reset_seconds=20))

    await time.run(call(), call(), call())

    assert started == [0, 1, 1]


async def test_a_window_that_is_used_up_is_waited_for_and_the_wait_is_told() -> None:
    """Calls go in the order in which they came, and a run can show what it is waiting for."""
    time = SimulatedTime()
    pacer = await used_up(time)
    assert pacer.waiting_seconds == 0
    order: list[int] = []

    async def call(number: int) -> None:
        async with pacer.admitted():
            order.append(number)

    waiting = [asyncio.ensure_future(call(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert pacer.waiting_seconds == pytest.approx(12)
    await time.run(wait_for(*waiting))

    assert order == [0, 1, 2]
    assert time.seconds() == pytest.approx(12)
    assert pacer.waiting_seconds == 0


async def wait_for(*tasks: asyncio.Future[None]) -> None:
    """Make a coroutine of tasks that are already under way."""
    await asyncio.gather(*tasks)


async def test_a_cancelled_call_gives_up_its_place() -> None:
    """Whoever waits behind a cancelled call goes on."""
    time = SimulatedTime()
    pacer = await used_up(time)
    first = asyncio.ensure_future(called(pacer, None))
    second = asyncio.ensure_future(called(pacer, None))
    await asyncio.sleep(0)
    first.cancel()

    await time.run(wait_for(second))

    assert first.cancelled()


async def test_a_platform_that_reports_nothing_is_reckoned_with_the_assumed_window() -> None:
    """150 calls in 30 seconds, then the next ones; a call that never left counts for nothing."""
    time = SimulatedTime()
    pacer = WindowPacer(ASSUMED, time)
    async with pacer.admitted() as admission:
        admission.not_sent()
    started: list[float] = []

    async def call() -> None:
        async with pacer.admitted():
            started.append(time.seconds())

    await time.run(*(call() for _ in range(151)))

    assert started == [0] * 150 + [30]


async def test_a_late_answer_does_not_bring_back_calls_that_are_spent() -> None:
    """Answers may overtake each other; the lowest report of a window counts."""
    time = SimulatedTime()
    pacer = WindowPacer(ASSUMED, time)
    await called(pacer, replace(ASSUMED, left=100, reset_seconds=20))
    async with pacer.admitted() as slow:
        await called(pacer, replace(ASSUMED, left=0, reset_seconds=20))
        slow.answered(replace(ASSUMED, left=99, reset_seconds=20))

    await time.run(called(pacer, None))

    assert time.seconds() == pytest.approx(20)
