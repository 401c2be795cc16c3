"""The executor: the one code path that writes to a store, in a simulation and for real."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from decimal import Decimal
from itertools import islice, takewhile
from typing import Annotated, Literal, Protocol, assert_never, runtime_checkable

from pydantic import Discriminator, Field

from steward.catalog import PRICE_FIELDS
from steward.changes import Change, Outcome, Target
from steward.model import Frozen
from steward.values import Value, in_words


class WriteRequest(Frozen):
    """One call to a platform that writes one or more changes.

    `resource` is what calls must keep their order for, such as a product; `body` is the call's
    content in the platform's own form; `points` is its predicted price in the platform's rate
    limit. `origin` names the piece of work that sends it, the same at every attempt, for platforms
    with idempotency keys; it is empty until then.
    """

    resource: str
    operation: str
    body: str
    points: int = Field(ge=0)
    changes: tuple[Change, ...] = Field(min_length=1)
    origin: str = ""


class Accepted(Frozen):
    """The platform says that it applied the change."""

    kind: Literal["accepted"] = "accepted"


class Rejected(Frozen):
    """The platform refuses the change; `reason` is its own message, `code` its own code."""

    kind: Literal["rejected"] = "rejected"
    code: str
    reason: str


class Stale(Frozen):
    """The platform applied nothing, because the store no longer held the change's `before`.

    Platforms that compare and set answer so; what the store holds instead is then read.
    """

    kind: Literal["stale"] = "stale"


Answer = Annotated[Accepted | Rejected | Stale, Discriminator("kind")]


class BulkEstimate(Frozen):
    """What goes through the platform's own bulk operations, of which each carries out many calls.

    `calls` is how many calls they replace, `seconds` how long they take together as assumed, and
    `longest_seconds` how long the longest takes, and so the gap between comparing and writing.
    """

    operations: int = Field(ge=1)
    calls: int = Field(ge=1)
    seconds: Decimal = Field(ge=0)
    longest_seconds: Decimal = Field(ge=0)


class CallEstimate(Frozen):
    """What a set of requests costs: calls, rate-limit points, and the least time that takes.

    `bulk` tells what of them goes in bulk; its time is included.
    """

    calls: int = Field(ge=0)
    points: int = Field(ge=0)
    seconds: Decimal = Field(ge=0)
    bulk: BulkEstimate | None = None


class RecordedChange(Frozen):
    """A change as the ledger holds it: its place in the change set and what became of it."""

    ordinal: int = Field(ge=0)
    change: Change
    outcome: Outcome
    reason: str = ""


class OutcomeRecord(Frozen):
    """What became of one change; `live` is the value that the store held, where it was read."""

    ordinal: int = Field(ge=0)
    outcome: Outcome
    reason: str = ""
    live: Value | None = None


class WritableStore(Protocol):
    """The part of a store that the executor needs; the simulation puts its overlay here."""

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live value of each field; see `steward.ports.Store`."""

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return the requests that would write the changes; see `steward.ports.Store`."""

    def allowance_for(self, requests: Sequence[WriteRequest]) -> AbstractAsyncContextManager[int]:
        """Wait until comparing and writing is borne; see `steward.ports.Store`."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write, and return one answer for each change; see `steward.ports.Store`."""


@runtime_checkable
class WritesInBulk(Protocol):
    """What a store has beside where its platform can carry out many calls as one operation."""

    def bulk_chunk(self, changes: Sequence[Change]) -> int | None:
        """Return how many of the changes to write together for bulk operations to be faster.

        None where single calls are faster; pure, no I/O. For a chunk of that size `requests_for`
        makes bulk operations, wherever and whenever it is asked.
        """

    async def until_at_rest(self, origin: str) -> None:
        """Return when nothing is under way any more that this piece of work has begun before.

        Cancelled, it sees to it that nothing more is written. Raises what `send` raises.
        """


class Journal(Protocol):
    """Where the executor writes down what it is about to do and what came of it."""

    async def may_write(self) -> bool:
        """Return whether the run may still write; asked in front of every write."""

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        """Record, before anything is sent, that these requests are about to write these changes.

        The ordinals are in the order in which the requests carry their changes.
        """

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        """Record what became of these changes."""


class Executor:
    """Compares, writes down, sends and records, a few requests at a time.

    A change is sent only while the store still holds its `before`. Requests are taken up in their
    order, some together, once the store's allowance bears comparing and writing them, so that
    nothing compared waits for it. While some are sent the next ones are compared, at most
    `parallel_requests` in all; those of one resource go one after the other. Whether the run may
    still write is asked before requests are compared, and again right before they are sent.
    """

    def __init__(
        self,
        store: WritableStore,
        journal: Journal,
        *,
        parallel_requests: int,
        origin: str = "",
        price_pairs_stay_together: bool = False,
    ) -> None:
        """Take the store to write to, the journal to keep, and what requests name as `origin`.

        With `price_pairs_stay_together` a price is left alone where somebody changed the compare-at
        price beside it, and the other way round: half a sale is none.
        """
        self._price_pairs_stay_together = price_pairs_stay_together
        self._origin = origin
        self._store = store
        self._journal = journal
        self._parallel_requests = parallel_requests

    async def execute(self, recorded: Sequence[RecordedChange]) -> None:
        """Bring every open change to an outcome, or stop where the run may no longer write.

        What an earlier attempt has left under way is waited for first. Raises what `send` raises,
        after recording what came of the other requests; the change in question stays *attempting*,
        and the next execution resolves it by reading.
        """
        entries = {entry.change.target: entry for entry in recorded if entry.outcome.is_open}
        was_begun = any(entry.outcome is Outcome.ATTEMPTING for entry in entries.values())
        if was_begun and isinstance(self._store, WritesInBulk):
            await self._store.until_at_rest(self._origin)
        requests = [
            request
            # Settled changes count too: what goes out together must not depend on what is left.
            for request in self._store.requests_for([entry.change for entry in recorded])
            if any(change.target in entries for change in request.changes)
        ]
        together = -(-self._parallel_requests // 2)
        queue = _RequestQueue(self._store, requests, together=together)
        lanes = self._parallel_requests // together
        _raise_first(await _ends(self._lane(queue, entries) for _ in range(lanes)))

    async def _lane(self, queue: "_RequestQueue", entries: Mapping[Target, RecordedChange]) -> None:
        """Take requests up until there are no more, or somebody ended the queue."""
        try:
            while not queue.is_over:
                async with queue.next_requests() as requests:
                    if not requests:
                        return
                    if not await self._execute_some(queue, requests, entries):
                        queue.end()
        except BaseException:
            queue.end()
            raise

    async def _execute_some(
        self,
        queue: "_RequestQueue",
        planned: Sequence[WriteRequest],
        entries: Mapping[Target, RecordedChange],
    ) -> bool:
        """Bring the requests' open changes to an outcome; return whether the run may go on.

        What must wait its turn again goes back into the queue.
        """
        if not await self._journal.may_write():
            return False
        waiting = {
            change.target: entries[change.target]
            for request in planned
            for change in request.changes
            if change.target in entries
        }
        live = await self._store.read_values(list(waiting))
        settled = [
            record
            for target, entry in waiting.items()
            if (record := compared(entry, live.get(target))) is not None
        ]
        if self._price_pairs_stay_together:
            settled += beside_moved_prices(list(waiting.values()), settled, live)
        if settled:
            await self._journal.outcomes(settled)
        done = {record.ordinal for record in settled}
        to_write = {target: entry for target, entry in waiting.items() if entry.ordinal not in done}
        if not to_write:
            return True
        if not await self._journal.may_write():
            return False
        requests, put_back = self._left_of(planned, to_write)
        queue.put_back(put_back)
        if requests:
            ordinals = [
                to_write[change.target].ordinal for one in requests for change in one.changes
            ]
            await self._journal.attempting(ordinals, requests)
            await self._write(requests, to_write)
        return True

    def _left_of(
        self, planned: Sequence[WriteRequest], to_write: Mapping[Target, RecordedChange]
    ) -> tuple[Sequence[WriteRequest], Sequence[WriteRequest]]:
        """Return what is left of the requests: what goes out now, and what waits its turn again.

        Where some changes of a request are settled, others may take its place. An allowance is
        there for one of the same resource; several are compared, and borne, each by itself.
        """
        now: list[WriteRequest] = []
        later: list[WriteRequest] = []
        held_back: set[str] = set()
        for request in planned:
            left = [change for change in request.changes if change.target in to_write]
            if not left:
                continue
            whole = len(left) == len(request.changes)
            instead = (request,) if whole else self._store.requests_for(left)
            resources = {request.resource, *(one.resource for one in instead)}
            if len(instead) == 1 and len(resources) == 1 and not resources & held_back:
                now += instead
            else:
                later += instead
                held_back |= resources
        return now, later

    async def _write(
        self, requests: Sequence[WriteRequest], by_target: Mapping[Target, RecordedChange]
    ) -> None:
        lanes: defaultdict[str, list[WriteRequest]] = defaultdict(list)
        for request in requests:
            lanes[request.resource].append(request)
        records: list[OutcomeRecord] = []
        ends = await _ends(
            self._write_in_order(lane, by_target, records) for lane in lanes.values()
        )
        if records:
            await self._journal.outcomes(records)
        _raise_first(ends)

    async def _write_in_order(
        self,
        lane: Sequence[WriteRequest],
        by_target: Mapping[Target, RecordedChange],
        records: list[OutcomeRecord],
    ) -> None:
        for request in lane:
            answers = await self._store.send(request.model_copy(update={"origin": self._origin}))
            entries = [by_target[change.target] for change in request.changes]
            stale: list[RecordedChange] = []
            for entry, answer in zip(entries, answers, strict=True):
                if isinstance(answer, Stale):
                    stale.append(entry)
                else:
                    records.append(answered(entry.ordinal, answer))
            if stale:
                live = await self._store.read_values([entry.change.target for entry in stale])
                records.extend(
                    stale_outcome(entry, live.get(entry.change.target)) for entry in stale
                )


class _RequestQueue:
    """The requests that wait, given out in their order, one resource to one taker at a time."""

    def __init__(
        self, store: WritableStore, requests: Sequence[WriteRequest], *, together: int
    ) -> None:
        self.is_over = False
        self._store = store
        self._waiting = deque(requests)
        self._together = together
        self._busy: set[str] = set()
        self._freed = asyncio.Event()
        self._taking = asyncio.Lock()
        self._patience: asyncio.Timeout | None = None

    def end(self) -> None:
        """Give nothing out any more, not even to who waits for the allowance already."""
        self.is_over = True
        if self._patience is not None:
            self._patience.reschedule(0)

    def put_back(self, requests: Sequence[WriteRequest]) -> None:
        """Let requests wait in front of all others."""
        self._waiting.extendleft(reversed(requests))
        self._freed.set()

    @asynccontextmanager
    async def next_requests(self) -> AsyncIterator[Sequence[WriteRequest]]:
        """Give out the next requests as soon as the store's allowance bears them; none at the end.

        Their resources are free again when the block ends.
        """
        async with AsyncExitStack() as held:
            async with self._taking:
                requests = await self._borne(held)
                for _ in requests:
                    self._waiting.popleft()
                resources = {request.resource for request in requests}
                self._busy |= resources
            try:
                yield requests
            finally:
                self._busy -= resources
                self._freed.set()

    async def _borne(self, held: AsyncExitStack) -> Sequence[WriteRequest]:
        requests: Sequence[WriteRequest] = []
        try:
            async with asyncio.timeout(None) as self._patience:
                if requests := await self._next_free():
                    allowance = self._store.allowance_for(requests)
                    requests = requests[: await held.enter_async_context(allowance)]
        except TimeoutError:
            pass
        finally:
            self._patience = None
        return [] if self.is_over else requests

    async def _next_free(self) -> Sequence[WriteRequest]:
        # Those under way may be put back.
        while (self._waiting or self._busy) and not self.is_over:
            first = islice(self._waiting, self._together)
            if free := list(takewhile(lambda one: one.resource not in self._busy, first)):
                return free
            self._freed.clear()
            await self._freed.wait()
        return []


async def _ends(steps: Iterable[Awaitable[None]]) -> Sequence[BaseException | None]:
    """Let all of them come to their end, and return how each did."""
    return await asyncio.gather(*steps, return_exceptions=True)


def _raise_first(ends: Iterable[BaseException | None]) -> None:
    for failure in ends:
        if failure is not None:
            raise failure


def compared(entry: RecordedChange, live: Value | None) -> OutcomeRecord | None:
    """Return the outcome that the live value already decides, or None where it must be written.

    `live` is None where the resource no longer exists. A change left *attempting* by a crash or a
    lost answer is resolved here: the new value is there, so it was applied; the old one is there,
    so it was not.
    """
    if live == entry.change.before:
        return None
    if live == entry.change.after:
        landed = entry.outcome is Outcome.ATTEMPTING
        outcome = Outcome.APPLIED if landed else Outcome.UNCHANGED
        return OutcomeRecord(ordinal=entry.ordinal, outcome=outcome, live=live)
    reason = (
        "no longer exists" if live is None else f"is {in_words(live)} now, somebody else changed it"
    )
    return OutcomeRecord(ordinal=entry.ordinal, outcome=Outcome.MOVED, reason=reason, live=live)


def beside_moved_prices(
    entries: Sequence[RecordedChange],
    settled: Sequence[OutcomeRecord],
    live: Mapping[Target, Value],
) -> list[OutcomeRecord]:
    """Return the outcomes of price fields that are left alone, since the one beside them moved."""
    outcomes = {record.ordinal: record.outcome for record in settled}
    prices = [entry for entry in entries if entry.change.target.field in PRICE_FIELDS]
    moved = {_whose(entry) for entry in prices if outcomes.get(entry.ordinal) is Outcome.MOVED}
    return [
        OutcomeRecord(
            ordinal=entry.ordinal,
            outcome=Outcome.MOVED,
            reason="is left alone, since somebody else changed the price beside it",
            live=live.get(entry.change.target),
        )
        for entry in prices
        if entry.ordinal not in outcomes and _whose(entry) in moved
    ]


def _whose(entry: RecordedChange) -> tuple[str, str, str]:
    target = entry.change.target
    return target.resource_kind, target.resource_id, target.key


def stale_outcome(entry: RecordedChange, live: Value | None) -> OutcomeRecord:
    """Return the outcome of a change that the platform found stale, by what the store holds now.

    A value that has come back to `before` meanwhile is in other hands, and is left alone too.
    """
    return compared(entry, live) or OutcomeRecord(
        ordinal=entry.ordinal,
        outcome=Outcome.MOVED,
        reason="somebody else was changing it",
        live=live,
    )


def answered(ordinal: int, answer: Accepted | Rejected) -> OutcomeRecord:
    """Return the outcome that the platform's answer means."""
    match answer:
        case Accepted():
            return OutcomeRecord(ordinal=ordinal, outcome=Outcome.APPLIED)
        case Rejected(code=code, reason=reason):
            return OutcomeRecord(
                ordinal=ordinal, outcome=Outcome.REFUSED, reason=f"{reason} [{code}]"
            )
        case _:
            assert_never(answer)
