"""Writes prices: which requests carry which changes, and what each answer means."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from connectors.stores.shopify import costs
from connectors.stores.shopify.answers import UpdatePayload, UserError
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.value_reading import check_supported
from steward.changes import Change, FieldName, Target
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.money import Money

_INPUT_FIELDS = {FieldName.PRICE: "price", FieldName.COMPARE_AT_PRICE: "compareAtPrice"}
# From recorded answers: an amount is refused unless it is smaller than this.
_AMOUNTS_END_AT = Decimal(10) ** 18


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return one request for each run of changes to one product, of 250 variants at most.

    Raises `UnsupportedOperation` for a field that is none of a variant, and for taking its price
    away.
    """
    return tuple(
        _request(product_id, part)
        for product_id, run in groupby(changes, key=lambda change: change.product_id)
        for part in _parts(run)
    )


def _parts(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Cut where a variant would be one too many, or a field would be written a second time."""
    part: list[Change] = []
    variants: set[str] = set()
    targets: set[Target] = set()
    for change in changes:
        variant = change.target.resource_id
        full = variant not in variants and len(variants) == costs.LARGEST_INPUT
        if full or change.target in targets:
            yield part
            part, variants, targets = [], set(), set()
        part.append(change)
        variants.add(variant)
        targets.add(change.target)
    yield part


def _request(product_id: str, changes: Sequence[Change]) -> WriteRequest:
    inputs: dict[str, dict[str, str | None]] = {}
    for change in changes:
        variant = change.target.resource_id
        field = _INPUT_FIELDS[change.target.field]
        inputs.setdefault(variant, {"id": variant})[field] = _amount(change)
    call = {
        "operationName": Document.UPDATE_VARIANT_PRICES.value,
        "variables": {"productId": product_id, "variants": list(inputs.values())},
    }
    return WriteRequest(
        resource=product_id,
        operation="productVariantsBulkUpdate",
        body=json.dumps(call, sort_keys=True, separators=(",", ":")),
        points=costs.update_variant_prices(len(inputs)),
        changes=tuple(changes),
    )


def _amount(change: Change) -> str | None:
    check_supported(change.target)
    if isinstance(change.after, Money):
        return f"{change.after.amount:f}"
    if change.target.field is FieldName.PRICE:
        raise UnsupportedOperation(
            f"On Shopify the price of {change.label} can be changed, but not taken away.",
            remedy="Set it to an amount.",
        )
    return None


def variables_of(request: WriteRequest) -> Mapping[str, object]:
    """Return the variables of a request that `requests_for` made."""
    variables: Mapping[str, object] = json.loads(request.body)["variables"]
    return variables


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules for amounts make of the request.

    An amount out of range refuses the variant with all its fields; other variants go through.
    """
    faults: dict[str, Answer] = {}
    for change in request.changes:
        reason = amount_fault(change.after.amount) if isinstance(change.after, Money) else None
        if reason is not None:
            faults.setdefault(
                change.target.resource_id, Rejected(code="INVALID_INPUT", reason=reason)
            )
    return tuple(faults.get(change.target.resource_id, Accepted()) for change in request.changes)


def amount_fault(amount: Decimal) -> str | None:
    """Return why an amount is refused, or None; `Money` is never below zero."""
    return None if amount < _AMOUNTS_END_AT else f"must be less than {_AMOUNTS_END_AT}"


def answers_of(request: WriteRequest, payload: UpdatePayload) -> tuple[Answer, ...] | None:
    """Return one answer a change, or None where the payload leaves a change's fate open.

    Partial updates are allowed, and a refused variant is listed with its old values beside the
    updated ones; so the errors decide, by the index of the variant that each names. An error that
    names none refuses everything, and so does a payload without any list of variants: nothing was
    written then.
    """
    variants = list(dict.fromkeys(change.target.resource_id for change in request.changes))
    errors: dict[str, list[UserError]] = {}
    for error in payload.user_errors:
        index = _variant_index(error)
        if index is None or index >= len(variants):
            return tuple(_rejected(error) for _ in request.changes)
        errors.setdefault(variants[index], []).append(error)
    if payload.product_variants is None:
        if not payload.user_errors:
            return None
        first = payload.user_errors[0]
        return tuple(
            _rejected(_own_error(change, errors.get(change.target.resource_id, [first])))
            for change in request.changes
        )
    listed = {variant.id for variant in payload.product_variants}
    if not set(variants) <= listed | errors.keys():
        return None
    return tuple(
        _rejected(_own_error(change, errors[change.target.resource_id]))
        if change.target.resource_id in errors
        else Accepted()
        for change in request.changes
    )


def _variant_index(error: UserError) -> int | None:
    """Read the index out of a field such as `["variants", "1", "price"]`."""
    match error.field:
        case ["variants", index, *_] if index.isascii() and index.isdigit():
            return int(index)
        case _:
            return None


def _own_error(change: Change, errors: Sequence[UserError]) -> UserError:
    """Prefer the error about the change's own field to others about its variant."""
    own = _INPUT_FIELDS[change.target.field]
    return next((error for error in errors if error.field and error.field[-1] == own), errors[0])


def _rejected(error: UserError) -> Rejected:
    return Rejected(code=error.code or "UNKNOWN", reason=error.message)
