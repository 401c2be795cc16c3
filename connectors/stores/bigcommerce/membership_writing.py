"""Writes which products are in which categories."""

from collections.abc import Mapping, Sequence

from connectors.stores.bigcommerce.answers import NoContent, RefusedBatch
from connectors.stores.bigcommerce.memberships import ENTER, Assignment, chosen
from connectors.stores.bigcommerce.narrowing import Attempt, Refusal, answers_of
from connectors.stores.bigcommerce.refused_batches import places_in, problems_in, reason_of
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.sort_orders import SortOrderList, resource_of
from connectors.stores.bigcommerce.write_turns import WriteTurns
from steward.changes import Target
from steward.execution import Accepted, Answer, Rejected, WriteRequest

_RESOURCE = "v3/catalog/products/category-assignments"


class MembershipWriter:
    """Makes and deletes assignments of products to categories."""

    def __init__(self, api: RestApi, turns: WriteTurns) -> None:
        """Take the store's API, and whose turn it is to write."""
        self._api = api
        self._turns = turns

    async def send(self, request: WriteRequest) -> Mapping[Target, Answer]:
        """Write the changes of one request once, and return the answer for each of them."""
        async with self._turns.catalog():
            return await self._send(request)

    async def _send(self, request: WriteRequest) -> Mapping[Target, Answer]:
        assignments = [Assignment(change) for change in request.changes]
        if request.operation == ENTER:
            answers = await answers_of(assignments, self._enter)
            found = {
                one.change.target: answer for one, answer in zip(assignments, answers, strict=True)
            }
            inside = [one for one in assignments if isinstance(found[one.change.target], Accepted)]
            return found | await self._placed(inside)
        by_product: dict[int, list[Assignment]] = {}
        for one in assignments:
            by_product.setdefault(one.product, []).append(one)
        leaving = list(by_product.values())
        answers = await answers_of(leaving, self._leave)
        return {
            one.change.target: answer
            for own, answer in zip(leaving, answers, strict=True)
            for one in own
        }

    async def _enter(self, assignments: Sequence[Assignment]) -> Mapping[int, Rejected] | Refusal:
        items = [one.item for one in assignments]
        answer = await self._api.put(_RESOURCE, NoContent, items, count=len(items))
        return _outcome(answer, len(assignments))

    async def _placed(self, assignments: Sequence[Assignment]) -> dict[Target, Answer]:
        """Give products that are in a category again the places that they had there.

        Returns the answers for those that are refused.
        """
        by_category: dict[int, list[Assignment]] = {}
        for one in assignments:
            if one.place is not None:
                by_category.setdefault(one.category, []).append(one)
        refused: dict[Target, Answer] = {}
        for category, own in by_category.items():
            answers = await answers_of(own, self._places_in(category))
            for one, answer in zip(own, answers, strict=True):
                if isinstance(answer, Rejected):
                    reason = f"is in the category again, but not at its place: {answer.reason}"
                    refused[one.change.target] = Rejected(code=answer.code, reason=reason)
        return refused

    def _places_in(self, category: int) -> Attempt[Assignment]:
        async def attempt(some: Sequence[Assignment]) -> Mapping[int, Rejected] | Refusal:
            places = [{"product_id": one.product, "sort_order": one.place} for one in some]
            resource = resource_of(category)
            answer = await self._api.put(resource, SortOrderList, places, count=len(places))
            return _outcome(answer, len(places))

        return attempt

    async def _leave(
        self, products: Sequence[Sequence[Assignment]]
    ) -> Mapping[int, Rejected] | Refusal:
        assignments = [one for own in products for one in own]
        # What it says of an item's position is about nothing that was sent.
        return _outcome(await self._api.delete(_RESOURCE, chosen(assignments)), 0)


def _outcome(
    answer: NoContent | SortOrderList | RefusedBatch, count: int
) -> Mapping[int, Rejected] | Refusal:
    if not isinstance(answer, RefusedBatch):
        return {}
    blamed = {place: reason for place, _, reason in places_in(problems_in(answer)) if place < count}
    return Refusal(reason_of(answer), blamed)
