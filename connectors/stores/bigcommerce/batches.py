"""Sends one batch of products or variants, and reads what the platform says about each part."""

from collections.abc import Mapping, Sequence

from connectors.stores.bigcommerce.answers import Problem, WriteAnswer
from connectors.stores.bigcommerce.catalog_batches import Fields, Part, json_item
from connectors.stores.bigcommerce.errors import Failures
from connectors.stores.bigcommerce.narrowing import Refusal, answers_of
from connectors.stores.bigcommerce.refused_batches import places_in, problems_in, reason_of
from connectors.stores.bigcommerce.rest_api import RestApi
from steward.changes import Target
from steward.execution import Answer, Rejected


class BatchWriter:
    """Writes batches of products or variants."""

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=True)

    async def write(self, resource: str, parts: Sequence[Part]) -> Mapping[Target, Answer]:
        """Return the answer for each change of the parts.

        Raises `AnswerLost` where the platform does not say what became of a part.
        """

        async def attempt(some: Sequence[Part]) -> Mapping[int, Rejected] | Refusal:
            return await self._attempt(resource, some)

        answers = await answers_of(parts, attempt)
        return {
            change.target: answer
            for part, answer in zip(parts, answers, strict=True)
            for change in part.changes
        }

    async def _attempt(
        self, resource: str, parts: Sequence[Part]
    ) -> Mapping[int, Rejected] | Refusal:
        items: dict[int, dict[str, object]] = {}
        for part in parts:
            items.setdefault(part.number, {}).update(json_item(part.number, part.fields))
        answer = await self._api.put(resource, WriteAnswer, list(items.values()), count=len(items))
        numbers = list(items)
        if isinstance(answer, WriteAnswer):
            return self._saved(parts, numbers, answer)
        return Refusal(reason_of(answer), _blamed(parts, numbers, problems_in(answer)))

    def _saved(
        self, parts: Sequence[Part], numbers: Sequence[int], answer: WriteAnswer
    ) -> Mapping[int, Rejected]:
        """Take what is listed as saved, except for fields of ours that are said not to be."""
        listed = {one.id for one in answer.data}
        if not listed.issuperset(numbers):
            raise self._failures.of_answer("it leaves out items of the batch")
        if answer.errors is None:
            return {}
        own = frozenset(field for part in parts for field in part.fields)
        if own & answer.errors.errors.keys():
            raise self._failures.of_answer("it does not say which item's field was not saved")
        return _blamed(parts, numbers, [answer.errors], only=own)


def _blamed(
    parts: Sequence[Part],
    numbers: Sequence[int],
    problems: Sequence[Problem],
    *,
    only: frozenset[str] | None = None,
) -> Mapping[int, Rejected]:
    """Return why parts were refused, by their position.

    A problem names the position of an item and a field, such as `0.price`: it is about the part
    with this field, or about the whole item where none of its parts has it.
    """
    found: dict[int, Rejected] = {}
    for place, field, reason in places_in(problems):
        if place >= len(numbers) or (only is not None and field not in only):
            continue
        of_item = {
            position: part.fields
            for position, part in enumerate(parts)
            if part.number == numbers[place]
        }
        for position in _holding(field, of_item) or of_item:
            found.setdefault(position, reason)
    return found


def _holding(field: str, of_item: Mapping[int, Fields]) -> Sequence[int]:
    return [position for position, fields in of_item.items() if field in fields]
