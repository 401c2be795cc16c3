"""What a store sells, as far as agents read it: products, variants and the snapshot of both."""

from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    Discriminator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from steward.changes import ABSENT, FieldName, ResourceKind, Value
from steward.model import Frozen
from steward.money import Money

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class ByCollection(Frozen):
    """Every product of a collection, named by its handle (the last part of its address)."""

    by: Literal["collection"] = "collection"
    collection: Name

    def __str__(self) -> str:
        """Return the selection as a person would say it."""
        return f"collection '{self.collection}'"


class ByTag(Frozen):
    """Every product that carries a tag, without regard to case."""

    by: Literal["tag"] = "tag"
    tag: Name

    def __str__(self) -> str:
        """Return the selection as a person would say it."""
        return f"tag '{self.tag}'"


class ByVendor(Frozen):
    """Every product of a vendor."""

    by: Literal["vendor"] = "vendor"
    vendor: Name

    def __str__(self) -> str:
        """Return the selection as a person would say it."""
        return f"vendor '{self.vendor}'"


class ByIds(Frozen):
    """The products that are named by the platform's own ids, each counted once."""

    by: Literal["ids"] = "ids"
    ids: tuple[Name, ...] = Field(min_length=1, max_length=10_000)

    @field_validator("ids")
    @classmethod
    def _each_once(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ids))

    def __str__(self) -> str:
        """Return the selection as a person would say it."""
        return f"{len(self.ids)} product id(s)"


class EveryProduct(Frozen):
    """The whole catalogue."""

    by: Literal["everything"] = "everything"
    everything: Literal[True] = True

    def __str__(self) -> str:
        """Return the selection as a person would say it."""
        return "every product"


Selection = Annotated[ByCollection | ByTag | ByVendor | ByIds | EveryProduct, Discriminator("by")]


class Variant(Frozen):
    """One thing with a price of its own.

    Usually a product's variant. Where a platform keeps one price for a product, and variants that
    merely inherit it, the product itself stands here (`resource_kind`), and those variants do not.
    """

    resource_kind: ResourceKind = ResourceKind.VARIANT
    id: str
    title: str
    sku: str | None
    price: Money
    compare_at_price: Money | None

    def value(self, field: FieldName) -> Value:
        """Return what the field holds, or `ABSENT`."""
        match field:
            case FieldName.PRICE:
                return self.price
            case FieldName.COMPARE_AT_PRICE:
                return ABSENT if self.compare_at_price is None else self.compare_at_price


class Product(Frozen):
    """A product with all its variants, in the order in which the store shows them."""

    id: str
    title: str
    vendor: str
    tags: tuple[str, ...]
    variants: tuple[Variant, ...]


class Snapshot(Frozen):
    """The selected part of a store's catalogue, as it was read at one time."""

    store: str
    currency: str
    selection: Selection
    taken_at: AwareDatetime
    products: tuple[Product, ...]

    @model_validator(mode="after")
    def _each_product_once(self) -> Self:
        if len({product.id for product in self.products}) != len(self.products):
            raise ValueError("a snapshot holds each product once")
        variants = [variant for product in self.products for variant in product.variants]
        if len({(one.resource_kind, one.id) for one in variants}) != len(variants):
            raise ValueError("a snapshot holds each variant once")
        amounts = (price for one in variants for price in (one.price, one.compare_at_price))
        if any(price is not None and price.currency != self.currency for price in amounts):
            raise ValueError("a snapshot's prices are in the store's currency")
        return self

    @property
    def variant_count(self) -> int:
        """How many variants the selected products have."""
        return sum(len(product.variants) for product in self.products)
