"""Writes and deletes records of price lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.stores.bigcommerce.answers import NoContent, RefusedBatch
from connectors.stores.bigcommerce.errors import quoted
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.narrowing import Refusal, answers_of
from connectors.stores.bigcommerce.price_record_reading import PriceRecordReader, Records
from connectors.stores.bigcommerce.price_record_requests import DELETE, records_of, refusals
from connectors.stores.bigcommerce.price_records import RecordChanges
from connectors.stores.bigcommerce.refused_batches import problems_in, reason_of
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.shared_state import SharedState
from steward.changes import Target
from steward.execution import Accepted, Answer, Rejected, WriteRequest

_LIST_GONE = Rejected(code="NOT_FOUND", reason="the price list no longer exists")


@dataclass(frozen=True, slots=True)
class _Part:
    record: RecordChanges
    content: Mapping[str, object]


class PriceRecordWriter:
    """Writes up to 1,000 records of one price list a call, one call at a time."""

    def __init__(self, api: RestApi, records: PriceRecordReader, shared: SharedState) -> None:
        """Take the store's API, what reads records, and what all its uses share."""
        self._api = api
        self._records = records
        self._shared = shared

    async def send(self, request: WriteRequest) -> Mapping[Target, Answer]:
        """Write the changes of one request once, and return the answer for each of them.

        Records are written whole, so that what else they hold stays, whether the platform keeps or
        drops what is left out; so the present ones are read first.
        """
        answers: dict[Target, Answer] = {**refusals(request.changes)}
        sendable = [change for change in request.changes if change.target not in answers]
        wanted = list(records_of(sendable))
        if not wanted:
            return answers
        price_list = number_of(request.changes[0].target.key)
        live = await self._records.records(price_list, [one.variant for one in wanted])
        if live is None:
            return answers | {change.target: _LIST_GONE for change in sendable}
        if request.operation == DELETE:
            found = await self._delete(price_list, wanted, live)
        else:
            found = await self._write(price_list, wanted, live)
        for record, answer in found:
            answers |= {change.target: answer for change in record.changes}
        return answers

    async def _write(
        self, price_list: int, wanted: Sequence[RecordChanges], live: Records
    ) -> Sequence[tuple[RecordChanges, Answer]]:
        found: list[tuple[RecordChanges, Answer]] = []
        parts: list[_Part] = []
        for record in wanted:
            content = record.content(live.get(record.variant))
            if isinstance(content, Rejected):
                found.append((record, content))
            else:
                parts.append(_Part(record, content))

        async def attempt(some: Sequence[_Part]) -> Mapping[int, Rejected] | Refusal:
            async with self._shared.turns.pricing:
                answer = await self._api.put(
                    _resource(price_list), NoContent, [one.content for one in some], count=len(some)
                )
            return _outcome(answer, [one.record.variant for one in some])

        answers = await answers_of(parts, attempt)
        own = [(part.record, answer) for part, answer in zip(parts, answers, strict=True)]
        return [*found, *own]

    async def _delete(
        self, price_list: int, wanted: Sequence[RecordChanges], live: Records
    ) -> Sequence[tuple[RecordChanges, Answer]]:
        found: list[tuple[RecordChanges, Answer]] = []
        parts: list[RecordChanges] = []
        for record in wanted:
            present = live.get(record.variant)
            settled = Accepted() if present is None else record.deletion_fault(present)
            if settled is None:
                parts.append(record)
            else:
                found.append((record, settled))

        async def attempt(some: Sequence[RecordChanges]) -> Mapping[int, Rejected] | Refusal:
            chosen = {
                "variant_id:in": ",".join(str(one.variant) for one in some),
                "currency": some[0].currency,
            }
            answer = await self._api.delete(_resource(price_list), chosen)
            return _outcome(answer, [one.variant for one in some])

        answers = await answers_of(parts, attempt)
        return [*found, *zip(parts, answers, strict=True)]


def _resource(price_list: int) -> str:
    return f"v3/pricelists/{price_list}/records"


def _outcome(
    answer: NoContent | RefusedBatch, variants: Sequence[int]
) -> Mapping[int, Rejected] | Refusal:
    """Return what became of the records; a refusal may have saved those that it does not name."""
    if isinstance(answer, NoContent):
        return {}
    places = {variant: place for place, variant in enumerate(variants)}
    blamed: dict[int, Rejected] = {}
    for problem in problems_in(answer):
        variant = problem.data.get("variant_id")
        place = places.get(variant) if isinstance(variant, int) else None
        if place is not None:
            texts = "; ".join(str(text) for text in problem.field_errors.values())
            reason = quoted(texts) or "no reason given"
            blamed[place] = Rejected(code=str(answer.status), reason=reason)
    return Refusal(reason_of(answer), blamed)
