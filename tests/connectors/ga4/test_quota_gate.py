"""The quota: at most ten at once, fewer beside others, and none while nothing is left."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.analytics.ga4.quota import MOST_CONCURRENT, QuotaGate
from steward.analytics import PropertyQuota, QuotaLevel
from steward.analytics_realtime import RealtimeRequest
from steward.errors import StoreThrottled
from tests.connectors.ga4.fakes import METADATA, REQUEST, FakeGoogle, SetClock, json_response, page

TURNS = 5


def quota(*, hour: int = 9_000, day: int = 9_000, concurrent: int = 10) -> PropertyQuota:
    """Return what a property may report."""
    return PropertyQuota(
        tokens_per_hour=QuotaLevel(consumed=5, remaining=hour),
        tokens_per_day=QuotaLevel(consumed=5, remaining=day),
        concurrent_requests=QuotaLevel(remaining=concurrent),
    )


class Calls:
    """Starts calls that last until they are let go."""

    def __init__(self, gate: QuotaGate) -> None:
        self.gate = gate
        self.most = 0
        self.running: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def _call(self, report: PropertyQuota | None) -> None:
        async with self.gate.admitted():
            self.most = max(self.most, self.gate.under_way)
            done = asyncio.Event()
            self.running.append(done)
            await done.wait()
            self.gate.reported([report])

    async def start(self, count: int, report: PropertyQuota | None = None) -> None:
        """Start so many, and let them go as far as they get."""
        self.tasks += [asyncio.create_task(self._call(report)) for _ in range(count)]
        await self.settle()

    async def finish(self, count: int) -> None:
        """Let the first so many end."""
        for _ in range(count):
            self.running.pop(0).set()
        await self.settle()

    async def settle(self) -> None:
        """Give every task the chance to go on."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def finish_all(self) -> None:
        """Let all end."""
        while self.running:
            await self.finish(len(self.running))
        await asyncio.gather(*self.tasks)


@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 15), st.integers(0, 10)), max_size=12)
)
async def test_never_more_than_ten_and_never_stuck(steps: list[tuple[bool, int, int]]) -> None:
    """Whatever comes, goes and is reported."""
    calls = Calls(QuotaGate("acme", SetClock()))
    for starting, count, left in steps:
        if starting:
            await calls.start(count, quota(concurrent=left))
        else:
            await calls.finish(min(count, len(calls.running)))
    await calls.finish_all()
    assert calls.most <= MOST_CONCURRENT
    assert (calls.gate.under_way, calls.gate.waiting) == (0, 0)


async def test_calls_of_others_leave_room() -> None:
    """If a report shows four others, six of ours are under way at most; later ten again."""
    calls = Calls(QuotaGate("acme", SetClock()))
    await calls.start(1, quota(concurrent=6))
    await calls.finish(1)
    await calls.start(9, quota(concurrent=10))
    assert calls.gate.under_way == 6
    await calls.finish_all()
    assert calls.gate.waiting == 0
    await calls.start(12)
    assert calls.gate.under_way == 10
    await calls.finish_all()


async def test_a_cancelled_call_gives_up_its_place() -> None:
    """Those behind it go on."""
    calls = Calls(QuotaGate("acme", SetClock()))
    await calls.start(12)
    calls.tasks[10].cancel()
    await calls.finish(1)
    assert (calls.gate.under_way, calls.gate.waiting) == (10, 0)
    calls.tasks[11].cancel()
    await calls.settle()
    assert calls.gate.under_way == 9
    calls.running.pop()
    with pytest.raises(asyncio.CancelledError):
        await calls.finish_all()


async def test_too_many_at_once_makes_fewer() -> None:
    """A refusal for concurrency shows that others are there whom no report has shown."""
    calls = Calls(QuotaGate("acme", SetClock()))
    await calls.start(4)
    calls.gate.exhausted(timedelta(seconds=30), of_tokens=False)
    await calls.start(1)
    await calls.finish(1)
    assert (calls.gate.under_way, calls.gate.waiting) == (3, 1)
    await calls.finish_all()


@pytest.mark.parametrize(
    ("report", "seconds"),
    [(quota(hour=0), 40 * 60 + 1), (quota(hour=-3), 2401), (quota(day=0), 18 * 3600 + 2401)],
)
async def test_nothing_left_refuses_until_it_is_refilled(
    report: PropertyQuota, seconds: int
) -> None:
    """The next full hour for an hour's tokens, the next midnight Pacific for a day's."""
    clock = SetClock()
    gate = QuotaGate("acme", clock)
    async with gate.admitted():
        gate.reported([report])
    with pytest.raises(StoreThrottled) as caught:
        async with gate.admitted():
            pass
    assert caught.value.retry_after == timedelta(seconds=seconds)
    clock.advance(seconds=seconds)
    async with gate.admitted():
        assert gate.under_way == 1


async def test_the_last_tokens_are_left_to_those_under_way() -> None:
    """What is left bears one more call, not ten at once."""
    calls = Calls(QuotaGate("acme", SetClock()))
    await calls.start(1, quota(hour=8))
    await calls.finish(1)
    await calls.start(4, quota(hour=3))
    assert calls.gate.under_way == 2
    await calls.finish_all()


ALLOWANCES = {
    "tokens_per_day": 18 * 3600 + 2401,
    "tokens_per_hour": 2401,
    "tokens_per_project_per_hour": 2401,
    "server_errors_per_project_per_hour": 2401,
    "potentially_thresholded_requests_per_hour": 2401,
}


@pytest.mark.parametrize(("name", "seconds"), ALLOWANCES.items())
async def test_whichever_allowance_is_used_up_the_property_is_closed(
    name: str, seconds: int
) -> None:
    """Google documents that it then refuses every request, so that none is sent."""
    gate = QuotaGate("acme", SetClock())
    async with gate.admitted():
        gate.reported([PropertyQuota.model_validate({name: {"remaining": 0}})])
    with pytest.raises(StoreThrottled) as caught:
        async with gate.admitted():
            pass
    assert caught.value.retry_after == timedelta(seconds=seconds)


async def test_few_server_errors_left_are_no_want_of_tokens() -> None:
    """Only ten are ever left: counted as tokens they would keep calls from going out together."""
    calls = Calls(QuotaGate("acme", SetClock()))
    few = {"server_errors_per_project_per_hour": QuotaLevel(remaining=2)}
    await calls.start(1, quota().model_copy(update=few))
    await calls.finish(1)
    await calls.start(12)
    assert calls.gate.under_way == 10
    await calls.finish_all()


async def test_the_last_tokens_of_the_day_are_left_to_those_under_way() -> None:
    """As those of the hour are."""
    calls = Calls(QuotaGate("acme", SetClock()))
    await calls.start(1, quota(day=8))
    await calls.finish(1)
    await calls.start(4, quota(day=3))
    assert calls.gate.under_way == 2
    await calls.finish_all()


async def test_realtime_reports_have_a_quota_of_their_own() -> None:
    """Nothing left for the one kind of reports says nothing about the other."""
    spent = {"tokensPerHour": {"consumed": 4}, "concurrentRequests": {"remaining": 10}}

    def answer(request: httpx.Request) -> httpx.Response:
        realtime = request.url.path.endswith("runRealtimeReport")
        return json_response(page([("a", "1")], **({"propertyQuota": spent} if realtime else {})))

    google = FakeGoogle(answer)
    live = RealtimeRequest(dimensions=("itemId",), metrics=("itemsViewed",))
    await google.analytics.realtime(live)
    with pytest.raises(StoreThrottled):
        await google.analytics.realtime(live)
    assert len((await google.reader.read(REQUEST)).rows) == 1


async def test_a_quota_that_leaves_zeros_out_is_understood() -> None:
    """Google leaves out what is zero: nothing remains of the hour's tokens."""
    told = {"tokensPerHour": {"consumed": 4}, "concurrentRequests": {"remaining": 10}}
    google = FakeGoogle(lambda _: json_response(page([("a", "1")], propertyQuota=told)))
    report = await google.reader.read(REQUEST)
    assert report.quota is not None
    assert report.quota.tokens_per_hour == QuotaLevel(consumed=4, remaining=0)
    with pytest.raises(StoreThrottled):
        await google.reader.read(REQUEST)


async def test_a_strange_quota_is_passed_over() -> None:
    """It only steers the pace; the report is as good."""
    told = {"tokensPerHour": "plenty"}
    google = FakeGoogle(lambda _: json_response(page([("a", "1")], propertyQuota=told)))
    report = await google.reader.read(REQUEST)
    assert (report.quota, len(report.rows)) == (None, 1)
    assert report.currency == METADATA["currencyCode"]
