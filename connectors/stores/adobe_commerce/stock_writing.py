"""Writes stock: quantities and status of source items, many in one call."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from connectors.stores.adobe_commerce.answers import Refusal
from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.messages import quoted
from connectors.stores.adobe_commerce.product_answers import SourceItem
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.source_items import ItemKey, SourceItems, status_for
from connectors.stores.adobe_commerce.stock_requests import refusal_of
from steward.changes import Change
from steward.errors import StewardError
from steward.execution import Accepted, Answer, Rejected, Stale, WriteRequest
from steward.values import Quantity

_NOTHING = TypeAdapter(list[object])
_NOT_KEPT = Rejected(
    code="NO_SUCH_SOURCE_ITEM", reason="the source keeps no stock of the product any more"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """What one source shall have of one product."""

    key: ItemKey
    units: int
    status: int

    @property
    def content(self) -> Mapping[str, str | int]:
        sku, source = self.key
        return {
            "sku": sku, "source_code": source, "quantity": self.units, "status": self.status,
        }  # fmt: skip

    def is_held_by(self, item: SourceItem | None) -> bool:
        return item is not None and item.quantity == self.units and item.status == self.status


class StockWriter:
    """Writes source items that are there; it never makes a source keep what it did not keep.

    The platform answers that all is well for products that it does not have, too, and may even
    write a row for them. So each row is read before it is written, and again afterwards. It takes
    no condition; the reading before leaves a gap of one call for somebody else's change.
    """

    def __init__(self, api: RestApi, items: SourceItems) -> None:
        """Take the store's API, and its source items."""
        self._api = api
        self._items = items

    async def write(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change when the new stock is there.

        Raises `AnswerLost` where it is not known what became of a change.
        """
        skus = list(dict.fromkeys(change.target.resource_id for change in request.changes))
        before = await self._items.read(skus)
        rows = {
            row.key: row
            for change in request.changes
            if (row := _row_of(change, before)) is not None
        }
        open_rows = [row for key, row in rows.items() if not row.is_held_by(before.get(key))]
        refusals = await self._save(open_rows)
        after = await self._read_back(skus) if open_rows else before
        return tuple(
            Stale() if _is_stale(change, before) else _answer(change, rows, refusals, after)
            for change in request.changes
        )

    async def _save(self, rows: Sequence[_Row]) -> Mapping[ItemKey, Rejected]:
        """Send the rows; a call with a wrong one is refused whole, and goes out by halves again."""
        if not rows:
            return {}
        content = json.dumps({"sourceItems": [row.content for row in rows]}).encode()
        answer = await self._api.change("POST", "inventory/source-items", content, _NOTHING)
        if not isinstance(answer, Refusal):
            return {}
        if len(rows) == 1:
            return {rows[0].key: Rejected(code="STOCK_REFUSED", reason=quoted(answer.text))}
        middle = len(rows) // 2
        return {**await self._save(rows[:middle]), **await self._save(rows[middle:])}

    async def _read_back(self, skus: Sequence[str]) -> Mapping[ItemKey, SourceItem]:
        try:
            return await self._items.read(skus)
        except StewardError as error:
            cause = error.message.rstrip(".")
        raise Failures(self._api.store, writing=True).lost(f"reading it afterwards failed: {cause}")


def _row_of(change: Change, before: Mapping[ItemKey, SourceItem]) -> _Row | None:
    """Return the row that the change needs, or None where it is refused without a call."""
    key = _key(change)
    item = before.get(key)
    wanted = change.after
    if item is None or refusal_of(change) is not None or not isinstance(wanted, Quantity):
        return None
    if _is_stale(change, before):
        return None
    return _Row(key, wanted.units, status_for(wanted, item))


def _is_stale(change: Change, before: Mapping[ItemKey, SourceItem]) -> bool:
    """Tell whether somebody else changed the quantity since it was compared."""
    item = before.get(_key(change))
    expected = [one.units for one in (change.before, change.after) if isinstance(one, Quantity)]
    return item is not None and item.quantity not in expected


def _answer(
    change: Change,
    rows: Mapping[ItemKey, _Row],
    refusals: Mapping[ItemKey, Rejected],
    after: Mapping[ItemKey, SourceItem],
) -> Answer:
    key = _key(change)
    refusal = refusal_of(change) or refusals.get(key)
    if refusal is not None:
        return refusal
    held = after.get(key)
    if held is None or key not in rows:
        return _NOT_KEPT
    if rows[key].is_held_by(held):
        return Accepted()
    reason = f"the store answered that all is well, but keeps {held.quantity.normalize():f}"
    return Rejected(code="NOT_APPLIED", reason=reason)


def _key(change: Change) -> ItemKey:
    return change.target.resource_id, change.target.key
