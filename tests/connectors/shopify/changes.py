"""Changes to Shopify products, for the tests of writing."""

from decimal import Decimal

from connectors.stores.shopify import writing
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.execution import WriteRequest
from steward.money import Money
from steward.values import ABSENT, PRESENT, Value


def usd(amount: str) -> Money:
    """Return an amount in dollars."""
    return Money(amount=Decimal(amount), currency="USD")


def price_change(
    product: int, variant: int, field: FieldName = FieldName.PRICE, after: Value | None = None
) -> Change:
    """Return a change of one variant's field, to 8.00 USD unless told."""
    return Change(
        target=Target(
            resource_kind=ResourceKind.VARIANT,
            resource_id=f"gid://shopify/ProductVariant/{variant}",
            field=field,
        ),
        product_id=f"gid://shopify/Product/{product}",
        label=f"Product {product}, {variant}",
        before=usd("10.00"),
        after=after or usd("8.00"),
    )


def product_change(
    product: int, field: FieldName, after: Value, *, before: Value = ABSENT, key: str = ""
) -> Change:
    """Return a change of one of a product's own fields."""
    product_id = f"gid://shopify/Product/{product}"
    return Change(
        target=Target(
            resource_kind=ResourceKind.PRODUCT, resource_id=product_id, field=field, key=key
        ),
        product_id=product_id,
        label=f"Product {product}",
        before=before,
        after=after,
    )


def tag_change(product: int, tag: str, *, comes: bool = True) -> Change:
    """Return the change that gives a product a tag, or takes it away."""
    before, after = (ABSENT, PRESENT) if comes else (PRESENT, ABSENT)
    return product_change(product, FieldName.TAG, after, before=before, key=tag)


def member_change(product: int, collection: int, *, comes: bool = True) -> Change:
    """Return the change that puts a product into a collection, or takes it out."""
    before, after = (ABSENT, PRESENT) if comes else (PRESENT, ABSENT)
    key = f"gid://shopify/Collection/{collection}"
    return product_change(product, FieldName.CATEGORY, after, before=before, key=key)


def request(*changes: Change) -> WriteRequest:
    """Return the one request that carries the changes."""
    (only,) = writing.requests_for(changes)
    return only
