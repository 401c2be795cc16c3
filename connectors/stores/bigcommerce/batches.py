"""Sends one batch, and finds out what became of each item of it."""

from collections.abc import Mapping, Sequence

from connectors.stores.bigcommerce.answers import Problem, RefusedBatch, WriteAnswer
from connectors.stores.bigcommerce.errors import Failures, quoted
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.writing import PriceFields, item
from steward.execution import Accepted, Answer, Rejected

Items = Sequence[tuple[int, PriceFields]]


class BatchWriter:
    """Writes batches of products or variants.

    The platform refuses a batch as a whole, or saves a part of it, and does not always name the
    item to blame. The others are then sent again without it; where none is named, in halves, until
    it stands alone. Items set values, so that one that was saved already suffers no harm.
    """

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=True)

    async def write(self, resource: str, items: Items) -> Mapping[int, Answer]:
        """Return the answer for each item, by its number.

        Raises `AnswerLost` where the platform does not say what became of an item.
        """
        if not items:
            return {}
        answer = await self._api.write(resource, [item(number, own) for number, own in items])
        if isinstance(answer, WriteAnswer):
            return self._saved(items, answer)
        if len(items) == 1:
            return {items[0][0]: _refusal(answer)}
        blamed = {
            items[position][0]: reason
            for position, reason in _reasons(_problems(answer)).items()
            if position < len(items)
        }
        if not blamed:
            middle = len(items) // 2
            first = await self.write(resource, items[:middle])
            return {**first, **await self.write(resource, items[middle:])}
        rest = [(number, own) for number, own in items if number not in blamed]
        return {**blamed, **await self.write(resource, rest)}

    def _saved(self, items: Items, answer: WriteAnswer) -> Mapping[int, Answer]:
        """Take what is listed as saved, except for fields of ours that are said not to be."""
        listed = {one.id for one in answer.data}
        failed = {} if answer.errors is None else _reasons([answer.errors], only=_own_fields(items))
        if any(number not in listed for number, _ in items):
            raise self._failures.of_answer("it leaves out items of the batch")
        if answer.errors is not None and _own_fields(items) & answer.errors.errors.keys():
            raise self._failures.of_answer("it does not say which item's price was not saved")
        return {
            number: failed.get(position, Accepted()) for position, (number, _) in enumerate(items)
        }


def _own_fields(items: Items) -> frozenset[str]:
    return frozenset(field for _, own in items for field in own)


def _problems(answer: RefusedBatch) -> Sequence[Problem]:
    return answer.batch_errors or [answer]


def _reasons(
    problems: Sequence[Problem], *, only: frozenset[str] | None = None
) -> Mapping[int, Rejected]:
    """Return why items were refused, by their position in front of a field such as `0.price`."""
    found: dict[int, Rejected] = {}
    for problem in problems:
        for key, text in problem.errors.items():
            position, point, field = key.partition(".")
            if not point or not (position.isascii() and position.isdigit() and len(position) < 4):  # noqa: PLR2004 - no batch is longer
                continue
            if only is None or field in only:
                found.setdefault(
                    int(position), Rejected(code=str(problem.status), reason=quoted(str(text)))
                )
    return found


def _refusal(answer: RefusedBatch) -> Rejected:
    """Return why a batch of one item was refused."""
    problem = next(iter(_problems(answer)))
    texts = [str(text) for text in problem.errors.values()]
    reason = quoted("; ".join(texts) or problem.title) or "no reason given"
    return Rejected(code=str(problem.status or answer.status), reason=reason)
