"""The platform's queue: a list of calls is accepted at once, and applied one by one later."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from connectors.pacing import Timer
from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.messages import quoted
from connectors.stores.adobe_commerce.queue_answers import (
    PROGRESS,
    QUEUED,
    Operation,
    Progress,
    Queued,
)
from connectors.stores.adobe_commerce.rest_api import RestApi
from steward.errors import AnswerLost, StewardError

_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 5.0
_GROWTH = 1.5
# A shop's queue is often worked off by a job that starts once a minute.
_WAIT_FOR_END_SECONDS = 300.0
_WAIT_AFTER_LOST_ANSWER_SECONDS = 90.0
_ACCEPTED = "accepted"


class _Status(IntEnum):
    COMPLETE = 1
    FAILED_IN_PASSING = 2
    FAILED = 3
    OPEN = 4
    REJECTED = 5


@dataclass(frozen=True, slots=True)
class QueuedCalls:
    """Calls of one endpoint, each with the SKU that it is about.

    `landed` tells by reading whether a call's change is in the store.
    """

    method: str
    endpoint: str
    contents: Mapping[str, str]
    landed: Callable[[str], Awaitable[bool]]


class CallQueue:
    """Puts calls into the queue, and waits until every one of them has come to an end.

    Calls that were still open when the wait ended may yet be applied. So nothing more is written to
    their products from here before they have come to an end.
    """

    def __init__(self, api: RestApi, timer: Timer) -> None:
        """Take the store's API, and the timer that waits."""
        self._api = api
        self._timer = timer
        self._open: dict[str, frozenset[str]] = {}

    async def run(self, calls: QueuedCalls) -> Mapping[str, str]:
        """Return why calls were refused, by SKU; those that are not named were applied.

        Raises `AnswerLost` where it is not known of one what became of it, and where one failed
        only for the moment.
        """
        skus = tuple(calls.contents)
        await self._require_ended(frozenset(skus))
        receipt = await self._accepted(calls)
        self._open[receipt.bulk_uuid] = frozenset(skus)
        operations = await self._ended(receipt)
        del self._open[receipt.bulk_uuid]
        return self._refusals(skus, receipt, operations)

    async def _require_ended(self, skus: frozenset[str]) -> None:
        """Raise `AnswerLost` where earlier calls to one of the products are still open."""
        for uuid, others in list(self._open.items()):
            if not skus & others:
                continue
            progress = await self._progress(uuid)
            if progress is None or _has_open(progress.operations_list):
                raise self._lost("earlier changes of its products are still in the shop's queue")
            self._open.pop(uuid, None)

    async def _accepted(self, calls: QueuedCalls) -> Queued:
        """Put the calls into the queue; where the answer is lost, give them time to be applied.

        The next attempt then finds by reading what they did, instead of queueing them again.
        """
        content = f"[{','.join(calls.contents.values())}]".encode()
        try:
            return await self._api.queue(calls.method, calls.endpoint, content, QUEUED)
        except AnswerLost:
            await self._give_time(calls)
            raise

    async def _give_time(self, calls: QueuedCalls) -> None:
        pauses = _Pauses(self._timer, _WAIT_AFTER_LOST_ANSWER_SECONDS)
        for sku in calls.contents:
            while not await self._has_landed(calls, sku):
                if not await pauses.wait():
                    return

    async def _has_landed(self, calls: QueuedCalls, sku: str) -> bool:
        try:
            return await calls.landed(sku)
        except StewardError:
            return False

    async def _ended(self, receipt: Queued) -> Sequence[Operation]:
        """Return all operations when none is open any more."""
        expected = sum(call.status == _ACCEPTED for call in receipt.request_items)
        pauses = _Pauses(self._timer, _WAIT_FOR_END_SECONDS)
        while True:
            more_time = await pauses.wait()
            progress = await self._progress(receipt.bulk_uuid)
            operations = () if progress is None else progress.operations_list
            if len(operations) >= expected and not _has_open(operations):
                return operations
            if not more_time:
                raise self._lost(
                    f"{expected} queued changes have not come to an end; see that the shop's queue "
                    "is worked off (consumer async.operations.all)"
                )

    async def _progress(self, uuid: str) -> Progress | None:
        """Return how far the calls have come; None where that cannot be told at the moment."""
        try:
            return await self._api.find(f"bulk/{uuid}/detailed-status", PROGRESS)
        except StewardError as error:
            if not error.permanent:
                return None
            cause = error.message.rstrip(".")
        raise self._lost(f"what became of queued changes cannot be read: {cause}")

    def _refusals(
        self, skus: Sequence[str], receipt: Queued, operations: Sequence[Operation]
    ) -> Mapping[str, str]:
        items = sorted(receipt.request_items, key=lambda item: item.id)
        if len(items) != len(skus):
            raise self._lost("its queue accepted another number of changes than it was sent")
        refusals = {
            sku: item.error_message or "the shop's queue did not take it"
            for sku, item in zip(skus, items, strict=True)
            if item.status != _ACCEPTED
        }
        # Some releases count the operations from another number; their order is the same.
        accepted = [sku for sku in skus if sku not in refusals]
        ended = sorted(operations, key=lambda operation: operation.id)[-len(accepted) :]
        for sku, operation in zip(accepted, ended if accepted else (), strict=True):
            match operation.status:
                case _Status.COMPLETE:
                    continue
                case _Status.FAILED | _Status.REJECTED:
                    refusals[sku] = operation.result_message or "its queue rejected it"
                case _Status.FAILED_IN_PASSING:
                    raise self._lost(
                        f"a queued change of '{sku}' failed for the moment: "
                        f"{quoted(operation.result_message or 'no reason is given')}"
                    )
                case other:
                    raise self._lost(f"a queued change of '{sku}' has the status {other}")
        return refusals

    def _lost(self, cause: str) -> AnswerLost:
        return Failures(self._api.store, writing=True).lost(cause)


class _Pauses:
    """Pauses that grow, for so many seconds in all."""

    def __init__(self, timer: Timer, seconds: float) -> None:
        self._timer = timer
        self._next = _FIRST_PAUSE_SECONDS
        self._left = seconds

    async def wait(self) -> bool:
        """Wait once, and return whether there is time left."""
        seconds = min(self._next, self._left)
        await self._timer.wait(asyncio.Event(), seconds)
        self._left -= seconds
        self._next = min(self._next * _GROWTH, _LONGEST_PAUSE_SECONDS)
        return self._left > 0


def _has_open(operations: Sequence[Operation]) -> bool:
    return any(operation.status == _Status.OPEN for operation in operations)
