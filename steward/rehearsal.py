"""Rehearsal: the executor itself, played over a recording overlay of the store."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from steward.changes import Change, ChangeSet, Outcome, Target
from steward.execution import (
    Accepted,
    Answer,
    CallEstimate,
    Executor,
    OutcomeRecord,
    RecordedChange,
    WriteRequest,
)
from steward.fidelity import request_digest
from steward.membership_limits import NO_LIMIT, Room, RoomLeft
from steward.model import Frozen
from steward.ports import Store
from steward.runs import ExecutionPlan
from steward.simulation import Prediction
from steward.values import Value


class Rehearsal(Frozen):
    """The outcome of playing the executor: a prediction per change, and the requests it sent."""

    predictions: tuple[Prediction, ...]
    requests: tuple[WriteRequest, ...]
    estimate: CallEstimate


class RecordingOverlay:
    """A store of which only the values in a snapshot are known, and that writes nothing.

    Reads come from the given values, overlaid with what was written here; each request is
    recorded and answered as the platform's documented rules say.
    """

    def __init__(self, store: Store, live: Mapping[Target, Value], room: Room = NO_LIMIT) -> None:
        """Take the store whose rules apply, the values it holds, and the room for more."""
        self._store = store
        self._values = dict(live)
        self._room = RoomLeft(room)
        self.sent: list[WriteRequest] = []

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the overlaid values; a resource that the snapshot lacks is left out."""
        return {target: self._values[target] for target in targets if target in self._values}

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return the very requests that the real store would be sent."""
        return self._store.requests_for(changes)

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        """Bear all at once: nothing is sent."""
        yield len(requests)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Record the request, and answer as the platform is documented to."""
        self.sent.append(request)
        answers = self._room.answers(request.changes, self._store.predict(request))
        for change, answer in zip(request.changes, answers, strict=True):
            if isinstance(answer, Accepted):
                self._values[change.target] = change.after
        return answers


class _RehearsalJournal:
    def __init__(self) -> None:
        self.records: dict[int, OutcomeRecord] = {}

    async def may_write(self) -> bool:
        return True

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        """Nothing can be lost in a rehearsal, so nothing is written ahead."""

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        self.records.update((record.ordinal, record) for record in records)


async def rehearse(
    store: Store,
    change_set: ChangeSet,
    live: Mapping[Target, Value],
    *,
    parallel_requests: int,
    plan: ExecutionPlan | None = None,
    room: Room = NO_LIMIT,
) -> Rehearsal:
    """Play the executor over an overlay of `live` and return what it did.

    It is given the chunks of the plan, one after the other, since what goes out together depends on
    them; without a plan all changes at once. `room` is what products have left for more tags and
    categories, as far as that is known.
    """
    overlay = RecordingOverlay(store, live, room)
    journal = _RehearsalJournal()
    executor = Executor(overlay, journal, parallel_requests=parallel_requests)
    recorded = [
        RecordedChange(ordinal=ordinal, change=change, outcome=Outcome.PENDING)
        for ordinal, change in enumerate(change_set.changes)
    ]
    if plan is None:
        await executor.execute(recorded)
    for wave in plan.waves if plan else ():
        for chunk in wave.chunks:
            await executor.execute(recorded[chunk.first : chunk.last + 1])
    carried = {
        change.target: number
        for number, request in enumerate(overlay.sent)
        for change in request.changes
    }
    digests = [request_digest(request) for request in overlay.sent]
    predictions = tuple(
        Prediction(
            ordinal=ordinal,
            outcome=journal.records[ordinal].outcome,
            reason=journal.records[ordinal].reason,
            request=number,
            request_digest=None if number is None else digests[number],
        )
        for ordinal, number in enumerate(carried.get(one.target) for one in change_set.changes)
    )
    return Rehearsal(
        predictions=predictions,
        requests=tuple(overlay.sent),
        estimate=store.estimate(overlay.sent),
    )
