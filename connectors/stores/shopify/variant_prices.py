"""Writes prices: which requests carry which changes, and what each answer means."""

from collections.abc import Sequence
from decimal import Decimal

from connectors.stores.shopify import costs
from connectors.stores.shopify.calls import (
    ProductMutation,
    body_of,
    error_index,
    parts,
    rejected,
)
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.write_answers import UpdateVariantsAnswer, UserError
from steward.changes import Change, FieldName
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.money import Money

_INPUT_FIELDS = {FieldName.PRICE: "price", FieldName.COMPARE_AT_PRICE: "compareAtPrice"}
# From recorded answers: an amount is refused unless it is smaller than this.
_AMOUNTS_END_AT = Decimal(10) ** 18


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests for prices of one product, of 250 variants at most each.

    Raises `UnsupportedOperation` for taking a variant's price away.
    """
    return tuple(
        _request(part)
        for part in parts(
            changes, most=costs.LARGEST_INPUT, counted=lambda change: change.target.resource_id
        )
    )


def _request(changes: Sequence[Change]) -> WriteRequest:
    product_id = changes[0].product_id
    inputs: dict[str, dict[str, str | None]] = {}
    for change in changes:
        variant = change.target.resource_id
        field = _INPUT_FIELDS[change.target.field]
        inputs.setdefault(variant, {"id": variant})[field] = _amount(change)
    return WriteRequest(
        resource=product_id,
        operation=PRICES.operation,
        body=body_of(
            Document.UPDATE_VARIANT_PRICES,
            {"productId": product_id, "variants": list(inputs.values())},
        ),
        points=costs.update_variant_prices(len(inputs)),
        changes=tuple(changes),
    )


def _amount(change: Change) -> str | None:
    if isinstance(change.after, Money):
        return f"{change.after.amount:f}"
    if change.target.field is FieldName.PRICE:
        raise UnsupportedOperation(
            f"On Shopify the price of {change.label} can be changed, but not taken away.",
            remedy="Set it to an amount.",
        )
    return None


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


def answers_of(request: WriteRequest, answer: UpdateVariantsAnswer) -> tuple[Answer, ...] | None:
    """Return one answer a change, or None where the payload leaves a change's fate open.

    Partial updates are allowed, and a refused variant is listed with its old values beside the
    updated ones; so the errors decide, by the index of the variant that each names. An error that
    names none refuses everything, and so does a payload without any list of variants: nothing was
    written then.
    """
    payload = answer.payload
    variants = list(dict.fromkeys(change.target.resource_id for change in request.changes))
    errors: dict[str, list[UserError]] = {}
    for error in payload.user_errors:
        index = error_index(error, after="variants")
        if index is None or index >= len(variants):
            return tuple(rejected(error) for _ in request.changes)
        errors.setdefault(variants[index], []).append(error)
    if payload.product_variants is None:
        if not payload.user_errors:
            return None
        first = payload.user_errors[0]
        return tuple(
            rejected(_own_error(change, errors.get(change.target.resource_id, [first])))
            for change in request.changes
        )
    listed = {variant.id for variant in payload.product_variants}
    if not set(variants) <= listed | errors.keys():
        return None
    return tuple(
        rejected(_own_error(change, errors[change.target.resource_id]))
        if change.target.resource_id in errors
        else Accepted()
        for change in request.changes
    )


def _own_error(change: Change, errors: Sequence[UserError]) -> UserError:
    """Prefer the error about the change's own field to others about its variant."""
    own = _INPUT_FIELDS[change.target.field]
    return next((error for error in errors if error.field and error.field[-1] == own), errors[0])


PRICES = ProductMutation(
    operation="productVariantsBulkUpdate",
    document=Document.UPDATE_VARIANT_PRICES,
    answer=UpdateVariantsAnswer,
    answers_of=answers_of,
    predict=predict,
)
