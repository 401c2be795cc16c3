"""Which requests carry which changes, and what is known of their answers beforehand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.stores.adobe_commerce import (
    category_requests,
    price_requests,
    product_requests,
    stock_requests,
)
from connectors.stores.adobe_commerce.capabilities import CAPABILITIES
from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import UnsupportedOperation
from steward.execution import Answer, WriteRequest


@dataclass(frozen=True, slots=True)
class Family:
    """Fields that are written in the same way, and what they belong to."""

    fields: frozenset[FieldName]
    kind: ResourceKind
    requests_for: Callable[[Sequence[Change]], tuple[WriteRequest, ...]]
    predict: Callable[[WriteRequest], tuple[Answer, ...]]


TEXTS_AND_STATUS = Family(
    product_requests.FIELDS,
    ResourceKind.PRODUCT,
    product_requests.requests_for,
    product_requests.predict,
)
CATEGORIES = Family(
    category_requests.FIELDS,
    ResourceKind.PRODUCT,
    category_requests.requests_for,
    category_requests.predict,
)
PRICES = Family(
    PRICE_FIELDS, ResourceKind.VARIANT, price_requests.requests_for, price_requests.predict
)
STOCK = Family(
    stock_requests.FIELDS,
    ResourceKind.VARIANT,
    stock_requests.requests_for,
    stock_requests.predict,
)
_FAMILIES = (TEXTS_AND_STATUS, CATEGORIES, PRICES, STOCK)


def family_of(target: Target) -> Family:
    """Return the family of a field; raises `UnsupportedOperation` for what has no such field."""
    CAPABILITIES.require_fields([target.field])
    if target.field in PRICE_FIELDS and target.key and (lack := CAPABILITIES.price_lists):
        raise UnsupportedOperation(lack.reason, remedy=lack.remedy)
    family = next(family for family in _FAMILIES if target.field in family.fields)
    if target.resource_kind is not family.kind:
        raise _misplaced(target)
    return family


def _misplaced(target: Target) -> UnsupportedOperation:
    if target.resource_kind is ResourceKind.PRODUCT:
        return UnsupportedOperation(
            f"On Adobe Commerce the field '{target.field}' belongs to what can be sold by itself, "
            "not to a product that only gathers such.",
            remedy="Name the SKUs of its variants.",
        )
    return UnsupportedOperation(
        f"On Adobe Commerce the field '{target.field}' belongs to the product, and not to its "
        "variants.",
        remedy="Name the product's SKU.",
    )


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests for texts and status, categories, prices and stock, in this order.

    Saving a product writes back what was read of it a moment before. So where a change set holds
    fields of several families, all of its requests go out one after the other.
    Raises `UnsupportedOperation` for a field that the resource does not have, and for taking a
    price away.
    """
    families = [family_of(change.target) for change in changes]
    requests = [
        request
        for family in _FAMILIES
        if (own := [one for one, its in zip(changes, families, strict=True) if its is family])
        for request in family.requests_for(own)
    ]
    if len({family.fields for family in families}) > 1:
        lane = requests[0].resource
        requests = [request.model_copy(update={"resource": lane}) for request in requests]
    return tuple(requests)


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules make of the request, as far as its changes tell."""
    return family_of(request.changes[0].target).predict(request)
