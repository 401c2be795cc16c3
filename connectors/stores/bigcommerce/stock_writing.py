"""Writes stock, and waits until it is there."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from connectors.stores.bigcommerce.adjustments import Adjustment, adjustment, body, refusals
from connectors.stores.bigcommerce.answers import Problem, RefusedBatch
from connectors.stores.bigcommerce.errors import Failures, quoted
from connectors.stores.bigcommerce.inventory_answers import Transaction
from connectors.stores.bigcommerce.narrowing import Refusal, answers_of
from connectors.stores.bigcommerce.refused_batches import reason_of
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.shared_state import SharedState, StockedItem
from connectors.stores.bigcommerce.stock_reading import StockReader, stocked_item
from steward.changes import Target
from steward.errors import AnswerLost
from steward.execution import Accepted, Answer, Rejected, WriteRequest

_RESOURCE = "v3/inventory/adjustments/absolute"
# The platform speaks of a short delay. After each pause the stock is read; the last one is the
# longest, and is taken until the time is up.
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
_PATIENCE_SECONDS = 30.0
_NOT_STOCKED = Rejected(code="NOT_FOUND", reason="is not stocked at this location any more")
# Such as "Item with variant_id 106 is tracked by product", one behind the other in one sentence.
_NAMED = re.compile(r"(variant_id|product_id) (\d{1,18})([^\[\]]*?)(?=,? ?Item with |\]|$)")


class StockWriter:
    """Sets what is on hand at one location, for up to 2,000 products and variants a call."""

    def __init__(self, api: RestApi, stock: StockReader, shared: SharedState) -> None:
        """Take the store's API, what reads its stock, and what all its uses share."""
        self._api = api
        self._stock = stock
        self._shared = shared
        self._failures = Failures(api.store, writing=True)

    async def send(self, request: WriteRequest) -> Mapping[Target, Answer]:
        """Write the changes of one request once, wait for them, and return the answer for each.

        A change is accepted when it reads back. Raises `AnswerLost` where an accepted one does not
        read back within half a minute, and where the answer was lost; this is waited for as well,
        so that the reading that resolves it does not come too early.
        """
        answers: dict[Target, Answer] = {**refusals(request.changes)}
        adjustments: list[Adjustment] = []
        safety = await self._safety_stock(request)
        for change in request.changes:
            held_back = safety.get(stocked_item(change.target))
            wanted = _NOT_STOCKED if held_back is None else adjustment(change, held_back)
            if isinstance(wanted, Rejected):
                answers.setdefault(change.target, wanted)
            else:
                adjustments.append(wanted)
        async with self._shared.turns.stock():
            written = await self._write(adjustments)
        return {**answers, **written}

    async def _safety_stock(self, request: WriteRequest) -> Mapping[StockedItem, int]:
        """Return what is held back of each item, as it was read within the last minute, or now."""
        items = [stocked_item(change.target) for change in request.changes]
        recent = self._shared.safety_stock.take(items)
        missing = [item for item in items if item not in recent]
        levels = await self._stock.levels(missing)
        self._shared.safety_stock.take(missing)
        return {**recent, **{item: level.safety_stock for item, level in levels.items()}}

    async def _write(self, adjustments: Sequence[Adjustment]) -> Mapping[Target, Answer]:
        lost: AnswerLost | None = None
        answers: Sequence[Answer] = ()
        try:
            answers = await answers_of(adjustments, self._attempt)
        except AnswerLost as error:
            lost = error
        sent = [
            one
            for place, one in enumerate(adjustments)
            if lost is not None or isinstance(answers[place], Accepted)
        ]
        landed = await self._landed(sent)
        if lost is not None:
            raise lost
        if not landed:
            seconds = f"{_PATIENCE_SECONDS:.0f} s"
            raise self._failures.of_waiting(f"stock does not read back as it was set for {seconds}")
        return {one.change.target: answer for one, answer in zip(adjustments, answers, strict=True)}

    async def _attempt(self, adjustments: Sequence[Adjustment]) -> Mapping[int, Rejected] | Refusal:
        async with self._shared.turns.adjusting:
            answer = await self._api.put(
                _RESOURCE, Transaction, body(adjustments), count=len(adjustments)
            )
        if isinstance(answer, Transaction):
            return {}
        return Refusal(reason_of(answer), _blamed(adjustments, answer))

    async def _landed(self, adjustments: Sequence[Adjustment]) -> bool:
        """Wait until all of them read back, at most for half a minute; return whether they do."""
        timer = self._shared.timer
        waiting = {one.item: one.on_hand for one in adjustments}
        over_at = timer.seconds() + _PATIENCE_SECONDS
        pauses = iter(_PAUSES)
        while waiting:
            levels = await self._stock.levels(waiting)
            waiting = {
                item: on_hand
                for item, on_hand in waiting.items()
                if item not in levels or levels[item].on_hand != on_hand
            }
            left = over_at - timer.seconds()
            if not waiting or left <= 0:
                break
            await timer.wait(asyncio.Event(), min(next(pauses, _PAUSES[-1]), left))
        self._shared.safety_stock.take([one.item for one in adjustments])
        return not waiting


def _blamed(adjustments: Sequence[Adjustment], answer: RefusedBatch) -> Mapping[int, Rejected]:
    """Return why adjustments were refused, by their position: a refusal names the items."""
    places = {one.named: place for place, one in enumerate(adjustments)}
    found: dict[int, Rejected] = {}
    for text in _sentences(answer):
        for identity, number, rest in _NAMED.findall(text):
            place = places.get((identity, int(number)))
            if place is not None:
                reason = quoted(f"{identity} {number}{rest}")
                found.setdefault(place, Rejected(code=str(answer.status), reason=reason))
    return found


def _sentences(answer: Problem) -> Sequence[str]:
    return [answer.title, *(str(text) for text in answer.errors.values())]
