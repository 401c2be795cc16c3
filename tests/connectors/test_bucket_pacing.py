"""The pacer: nearly all of the allowance, nearly no throttling, in order, and never for ever."""

import asyncio
import random
from dataclasses import replace

import pytest

from connectors.bucket_pacing import BucketLevel, BucketPacer
from tests.connectors.simulated_time import SimulatedTime

ASSUMED = BucketLevel(capacity=2000, available=2000, restored_per_second=100)


class SimulatedBucket:
    """The platform's side: admits by requested cost, debits the actual one, reports the level."""

    def __init__(self, time: SimulatedTime, *, capacity: float, rate: float) -> None:
        self.capacity = capacity
        self.rate = rate
        self.spent = 0.0
        self.calls = 0
        self.throttled = 0
        self._time = time
        self._held = capacity
        self._at = 0.0

    def take(self, requested: float, actual: float) -> tuple[BucketLevel, float]:
        """Serve or throttle one call; return the level and what was spent."""
        now = self._time.seconds()
        self._held = min(self.capacity, self._held + (now - self._at) * self.rate)
        self._at = now
        self.calls += 1
        served = self._held >= requested
        if served:
            self._held -= actual
            self.spent += actual
        else:
            self.throttled += 1
        return BucketLevel(self.capacity, self._held, self.rate), actual if served else 0

    @property
    def allowance(self) -> float:
        """All points that could have been spent until now."""
        return self.capacity + self.rate * self._time.seconds()


class Process:
    """One process that sends calls through its own pacer, several at a time."""

    def __init__(self, time: SimulatedTime, bucket: SimulatedBucket, seed: int) -> None:
        self.pacer = BucketPacer(ASSUMED, time)
        self.calls = 0
        self._time = time
        self._bucket = bucket
        self._random = random.Random(seed)

    async def send(self, until: float, costs: tuple[int, ...], lanes: int) -> None:
        """Send calls of these costs, one after the other in each lane."""
        await asyncio.gather(*(self._lane(until, costs) for _ in range(lanes)))

    async def _lane(self, until: float, costs: tuple[int, ...]) -> None:
        while self._time.seconds() < until:
            requested = self._random.choice(costs)
            async with self.pacer.admitted(requested) as admission:
                await self._time.sleep(self._random.uniform(0.01, 0.08))
                actual = (
                    requested * self._random.choice((0.3, 1.0)) if requested > 60 else requested
                )
                level, spent = self._bucket.take(requested, actual)
                self.calls += 1
                await self._time.sleep(self._random.uniform(0.01, 0.08))
                admission.answered(level, spent=spent)


WRITES = (10, 11, 12)
READS_AND_WRITES = (2, 11, 60, 157)
DEAR_READS = (157,)


@pytest.mark.parametrize(
    ("processes", "costs", "rate"),
    [
        (1, WRITES, 100),
        (1, READS_AND_WRITES, 100),
        (1, READS_AND_WRITES, 1000),
        (3, WRITES, 100),
        (3, WRITES, 1000),
        (3, READS_AND_WRITES, 100),
        (3, DEAR_READS, 100),
    ],
)
async def test_nearly_all_is_used_and_nearly_nothing_throttled(
    processes: int, costs: tuple[int, ...], rate: int
) -> None:
    """More than 95 % of the allowance is used, under 0.1 % throttled, each process gets its share.

    Over two minutes, with twelve calls at a time in each process.
    """
    time = SimulatedTime()
    bucket = SimulatedBucket(time, capacity=20 * rate, rate=rate)
    senders = [Process(time, bucket, seed) for seed in range(processes)]

    await time.run(*(sender.send(120, costs, lanes=12) for sender in senders))

    assert bucket.spent / bucket.allowance > 0.95
    assert bucket.throttled < bucket.calls / 1000
    assert min(sender.calls for sender in senders) * 1.3 > max(sender.calls for sender in senders)


class Writer(Process):
    """A process that compares and writes as the executor does, some requests at a time."""

    def __init__(self, time: SimulatedTime, bucket: SimulatedBucket, seed: int) -> None:
        super().__init__(time, bucket, seed)
        self.gaps: list[float] = []

    async def write(self, until: float, lanes: int) -> None:
        """Read for 2 points, then write eight times for 11 points at once, in each lane."""
        await asyncio.gather(*(self._write_in_lane(until) for _ in range(lanes)))

    async def _write_in_lane(self, until: float) -> None:
        while self._time.seconds() < until:
            async with self.pacer.booked(2 + 8 * 11):
                await self._call(2)
                compared = self._time.seconds()
                await asyncio.gather(*(self._call(11, compared) for _ in range(8)))

    async def _call(self, points: int, compared: float | None = None) -> None:
        async with self.pacer.admitted(points) as admission:
            if compared is not None:
                self.gaps.append(self._time.seconds() - compared)
            await self._time.sleep(self._random.uniform(0.01, 0.08))
            level, spent = self._bucket.take(points, points)
            self.calls += 1
            await self._time.sleep(self._random.uniform(0.01, 0.08))
            admission.answered(level, spent=spent)


@pytest.mark.parametrize("processes", [1, 3])
async def test_what_was_compared_does_not_wait_for_the_allowance(processes: int) -> None:
    """Nearly every write goes out within the time that those compared with it take.

    Eight lanes in each process want far more than 100 points a second, so that without bookings
    a write waits for many seconds behind those of the other lanes.
    """
    time = SimulatedTime()
    bucket = SimulatedBucket(time, capacity=2000, rate=100)
    writers = [Writer(time, bucket, seed) for seed in range(processes)]

    await time.run(*(writer.write(60, lanes=8) for writer in writers))

    assert bucket.spent / bucket.allowance > 0.95
    assert bucket.throttled < bucket.calls / 1000
    gaps = sorted(gap for writer in writers for gap in writer.gaps)
    assert gaps[-1 - len(gaps) // 20] < processes


async def test_one_call_goes_ahead_before_the_level_is_known() -> None:
    """Until the first answer one call is under way, then the others follow."""
    pacer = BucketPacer(ASSUMED)
    order: list[str] = []
    first_may_end = asyncio.Event()

    async def first() -> None:
        async with pacer.admitted(10) as admission:
            order.append("first")
            await first_may_end.wait()
            admission.answered(ASSUMED, spent=10)

    async def second() -> None:
        async with pacer.admitted(10):
            order.append("second")

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        group.create_task(second())
        await asyncio.sleep(0.01)
        assert order == ["first"]
        first_may_end.set()
    assert order == ["first", "second"]


async def emptied(time: SimulatedTime) -> BucketPacer:
    """A pacer whose platform has just said that nothing is left."""
    pacer = BucketPacer(ASSUMED, time)
    async with pacer.admitted(10) as admission:
        admission.answered(replace(ASSUMED, available=0), spent=10)
    return pacer


async def test_waiting_calls_go_in_the_order_in_which_they_came() -> None:
    """A cheap call does not overtake a dear one, which would then wait for ever."""
    time = SimulatedTime()
    pacer = await emptied(time)
    order: list[tuple[int, float]] = []

    async def call(points: int) -> None:
        async with pacer.admitted(points):
            order.append((points, round(time.seconds())))

    await time.run(call(500), call(1), call(1))

    assert [points for points, _ in order] == [500, 1, 1]
    assert order[0][1] == 5


async def test_it_says_how_long_those_who_wait_will_wait() -> None:
    """A run can show what it is waiting for; without anybody waiting it is nothing."""
    time = SimulatedTime()
    pacer = await emptied(time)
    assert pacer.waiting_seconds == 0

    async def call() -> None:
        async with pacer.admitted(400):
            pass

    async def work() -> None:
        async with pacer.booked(200):
            pass

    first = asyncio.ensure_future(call())
    await asyncio.sleep(0)
    assert pacer.waiting_seconds == pytest.approx(4)
    second = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    assert pacer.waiting_seconds == pytest.approx(6)
    await time.run(wait_for(first), wait_for(second))
    assert pacer.waiting_seconds == 0


async def wait_for(task: asyncio.Future[None]) -> None:
    """Make a coroutine of a task that is already under way."""
    await task


async def test_a_cancelled_call_gives_up_its_place() -> None:
    """Whoever waits behind a cancelled call goes on."""
    time = SimulatedTime()
    pacer = await emptied(time)
    done: list[int] = []

    async def call(points: int) -> None:
        async with pacer.admitted(points):
            done.append(points)

    dear = asyncio.ensure_future(call(2000))
    cheap = asyncio.ensure_future(call(10))
    await asyncio.sleep(0)
    dear.cancel()

    await time.run(wait_for(cheap))

    assert dear.cancelled()
    assert done == [10]
    assert time.seconds() < 1


async def test_a_call_above_the_bucket_waits_for_a_full_one_and_goes() -> None:
    """A call that can never be afforded is left to the platform to refuse, not held for ever."""
    time = SimulatedTime()
    pacer = await emptied(time)

    async def call() -> None:
        async with pacer.admitted(5000):
            pass

    await time.run(call())

    assert time.seconds() == pytest.approx(20)


async def test_a_call_without_an_answer_counts_as_spent_and_one_not_sent_does_not() -> None:
    """What may have reached the platform is reckoned with; what never left is not."""
    time = SimulatedTime()
    pacer = BucketPacer(ASSUMED, time)
    async with pacer.admitted(10) as admission:
        admission.answered(replace(ASSUMED, available=1000), spent=10)
    async with pacer.admitted(10) as admission:
        admission.not_sent()
    assert pacer.level.available == 1000
    async with pacer.admitted(10):
        pass
    assert pacer.level.available == 990


async def test_a_late_answer_does_not_bring_back_an_earlier_level() -> None:
    """Answers may overtake each other; the level that an old one reports is not believed."""
    time = SimulatedTime()
    pacer = BucketPacer(ASSUMED, time)
    async with pacer.admitted(10) as admission:
        admission.answered(replace(ASSUMED, available=1000), spent=10)

    async with pacer.admitted(50) as slow:
        async with pacer.admitted(50) as quick:
            quick.answered(replace(ASSUMED, available=850), spent=50)
        slow.answered(replace(ASSUMED, available=900), spent=50)

    assert pacer.level.available == 850
