"""Writes stock: compared and set by the platform itself, and never twice."""

import uuid
from collections.abc import Mapping, Sequence

from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.calls import body_of, error_index, parts, rejected
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.write_answers import SetStockAnswer, UserError
from steward.changes import Change, Target
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, Stale, WriteRequest
from steward.values import Quantity, Value

OPERATION = "inventorySetQuantities"
# One of the platform's own words for why stock changes; it stands in the stock's history.
_REASON = "correction"
_MOST_UNITS = 1_000_000_000
_KEYS = uuid.UUID("5f0d6a2e-6d0c-5b7e-9a8e-0d6f1c3b2a47")
# A key whose request failed is used up. A value that goes to and fro fails a few times at most.
_MOST_KEYS = 8


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests for stock: up to 250 quantities a call, whatever they belong to.

    Raises `UnsupportedOperation` for what is no quantity, before or after.
    """
    return tuple(
        WriteRequest(
            resource=f"{part[0].target.resource_id} {part[0].target.key}",
            operation=OPERATION,
            body=_body(part),
            points=costs.set_stock(),
            changes=tuple(part),
        )
        for part in parts(
            changes,
            most=costs.LARGEST_INPUT,
            counted=lambda change: f"{change.target.resource_id} {change.target.key}",
        )
    )


def _body(changes: Sequence[Change]) -> str:
    return body_of(Document.SET_STOCK, {"input": _input(changes)})


def _input(changes: Sequence[Change]) -> Mapping[str, object]:
    return {
        "name": "available",
        "reason": _REASON,
        "quantities": [
            {
                "inventoryItemId": change.target.resource_id,
                "locationId": change.target.key,
                "quantity": _units(change, change.after),
                "changeFromQuantity": _units(change, change.before),
            }
            for change in changes
        ],
    }


def _units(change: Change, value: Value) -> int:
    if not isinstance(value, Quantity):
        raise UnsupportedOperation(
            f"On Shopify the stock of {change.label} is a number, not '{value}'.",
            remedy="Switch stock tracking on in the shop.",
        )
    return value.units


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's limits for quantities make of each change."""
    return tuple(_limit(change) or Accepted() for change in request.changes)


def _limit(change: Change) -> Rejected | None:
    units = _units(change, change.after)
    if units > _MOST_UNITS:
        return Rejected(
            code="INVALID_QUANTITY_TOO_HIGH",
            reason=f"The quantity can't be higher than {_MOST_UNITS:,}.",
        )
    if units < -_MOST_UNITS:
        return Rejected(
            code="INVALID_QUANTITY_TOO_LOW",
            reason=f"The quantity can't be lower than -{_MOST_UNITS:,}.",
        )
    return None


class StockWriter:
    """Sets quantities, each only while it is as it was read.

    One wrong or outdated quantity makes the platform refuse the whole call; it names each of them,
    and the others are then sent again without them. A call carries a key of its own, made of what
    it says and of the piece of work that says it, so that a repetition does nothing.
    """

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write, and return one answer for each change: stale where the quantity had moved.

        Raises `AnswerLost` where it stays open whether the quantities were set.
        """
        answers: dict[Target, Answer] = {}
        rest = list(request.changes)
        while rest:
            faults = await self._set(rest, request)
            answers |= faults
            if not faults:
                break
            rest = [change for change in rest if change.target not in answers]
        return tuple(answers.get(change.target, Accepted()) for change in request.changes)

    async def _set(
        self, changes: Sequence[Change], request: WriteRequest
    ) -> Mapping[Target, Answer]:
        """Set all quantities, or none and return those that are at fault."""
        for used_up in range(_MOST_KEYS):
            answer = await self._api.write(
                Document.SET_STOCK,
                {
                    "input": _input(changes),
                    "key": key_of(changes, origin=request.origin, used_up=used_up),
                },
                SetStockAnswer,
                points=request.points,
            )
            errors = answer.payload.user_errors
            codes = {error.code for error in errors}
            if "IDEMPOTENCY_CONCURRENT_REQUEST" in codes:
                raise self._failures.lost("an earlier request for the same is still under way")
            if "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" in codes:
                continue
            if not errors and answer.payload.group is None:
                raise self._failures.of_answer("it names no adjustment")
            return _faults(changes, errors)
        raise self._failures.lost("earlier requests for the same have failed")


def key_of(changes: Sequence[Change], *, origin: str, used_up: int = 0) -> str:
    """Return the key of a call: the same whenever the same piece of work says the same.

    `used_up` counts the keys before it whose requests have failed.
    """
    return str(uuid.uuid5(_KEYS, f"{origin}\n{used_up}\n{_body(changes)}"))


def _faults(changes: Sequence[Change], errors: Sequence[UserError]) -> Mapping[Target, Answer]:
    """Return the answer to each quantity that an error names, or to all where one names none."""
    found: dict[Target, Answer] = {}
    for error in errors:
        index = error_index(error, after="quantities")
        if index is None or index >= len(changes):
            return {change.target: rejected(error) for change in changes}
        if error.code == "CHANGE_FROM_QUANTITY_STALE":
            found.setdefault(changes[index].target, Stale())
        else:
            found[changes[index].target] = rejected(error)
    return found
