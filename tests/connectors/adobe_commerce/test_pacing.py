"""The pace on Adobe Commerce: few calls at once, pauses kept, and a rate that is learned."""

import asyncio
import random

import pytest

from connectors.stores.adobe_commerce.learned_pacing import LearnedPacer
from connectors.stores.adobe_commerce.pacing import ConcurrencyPacer
from tests.connectors.simulated_time import SimulatedTime

RETRY_AFTER = 5.0


class SimulatedService:
    """The service's side: lets five seconds' worth be saved up, and refuses what is above it."""

    def __init__(self, time: SimulatedTime, rate: float) -> None:
        self.capacity = 5 * rate
        self.rate = rate
        self.served = 0
        self.refused = 0
        self._time = time
        self._left = self.capacity
        self._at = 0.0

    def serves(self) -> bool:
        """Serve or refuse one call."""
        now = self._time.seconds()
        self._left = min(self.capacity, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            self.refused += 1
            return False
        self._left -= 1
        self.served += 1
        return True

    @property
    def allowance(self) -> float:
        """All calls that could have been served until now."""
        return self.capacity + self.rate * self._time.seconds()


class Process:
    """One process that sends calls through its own pacer, several at a time."""

    def __init__(self, time: SimulatedTime, service: SimulatedService, seed: int) -> None:
        self.pacer = LearnedPacer(time)
        self._time = time
        self._service = service
        self._random = random.Random(seed)

    async def send(self, until: float, lanes: int = 12) -> None:
        """Send calls, one after the other in each lane."""
        await asyncio.gather(*(self._lane(until) for _ in range(lanes)))

    async def _lane(self, until: float) -> None:
        while self._time.seconds() < until:
            async with self.pacer.admitted():
                await self._time.sleep(self._random.uniform(0.01, 0.08))
                if not self._service.serves():
                    self.pacer.pause(RETRY_AFTER)
                await self._time.sleep(self._random.uniform(0.01, 0.08))


@pytest.mark.parametrize(("processes", "rate"), [(1, 5), (1, 20), (3, 20)])
async def test_the_rate_is_learned_from_refusals(processes: int, rate: float) -> None:
    """Once it is known, more than 95 % of it is used and under 0.1 % of the calls refused.

    Learning takes some refusals, here those of the first three minutes.
    """
    time = SimulatedTime()
    service = SimulatedService(time, rate)
    senders = [Process(time, service, seed) for seed in range(processes)]
    await time.run(*(sender.send(180) for sender in senders))
    served, refused, allowance = service.served, service.refused, service.allowance
    assert 1 <= refused <= 6 * processes

    await time.run(*(sender.send(580) for sender in senders))

    assert (service.served - served) / (service.allowance - allowance) > 0.95
    assert service.refused - refused <= (service.served - served) / 1000


async def test_refusals_at_the_same_time_are_one() -> None:
    """What was under way together was refused for one reason, and teaches one lesson."""
    time = SimulatedTime()
    pacer = LearnedPacer(time)
    pacer.pause(RETRY_AFTER)
    once = pacer.rate
    pacer.pause(RETRY_AFTER)
    assert pacer.rate == once


async def test_only_so_many_calls_are_under_way() -> None:
    """A shop of one's own is asked a few things at a time, and all in turn."""
    time = SimulatedTime()
    pacer = ConcurrencyPacer(4, time)
    ended: list[float] = []

    async def call() -> None:
        async with pacer.admitted():
            await time.sleep(1)
        ended.append(time.seconds())

    await time.run(*(call() for _ in range(10)))

    assert ended == [1] * 4 + [2] * 4 + [3] * 2


async def test_a_booking_leaves_no_place_empty_and_makes_no_long_line() -> None:
    """Further work is begun while some calls wait, but not while as many wait as there are places.

    Each of ten pieces of work makes two rounds of two calls, with time to think before each.
    """
    time = SimulatedTime()
    pacer = ConcurrencyPacer(4, time)
    waits: list[float] = []

    async def call() -> None:
        asked = time.seconds()
        async with pacer.admitted():
            waits.append(time.seconds() - asked)
            await time.sleep(1)

    async def work() -> None:
        async with pacer.booked():
            for _ in range(2):
                await time.sleep(0.1)
                await asyncio.gather(call(), call())

    await time.run(*(work() for _ in range(10)))

    assert max(waits) <= 3
    assert time.seconds() < 12


async def test_a_piece_of_work_without_a_call_holds_nobody_back() -> None:
    """A booking that is given up frees what it was counted for."""
    time = SimulatedTime()
    pacer = ConcurrencyPacer(1, time)
    done: list[int] = []

    async def work(number: int) -> None:
        async with pacer.booked():
            await time.sleep(1)
        done.append(number)

    await time.run(*(work(number) for number in range(3)))

    assert done == [0, 1, 2]
