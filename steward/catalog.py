"""What a store sells, as far as agents read it: products, variants and the snapshot of both."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    Discriminator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from steward.changes import FieldName, ResourceKind
from steward.model import Frozen, Keeping
from steward.money import Money
from steward.values import ABSENT, Absent, Listing, Text, Value

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
    `cost` is what a unit costs the merchant: of several that have this price, the highest. It is
    None where it was not asked for, or where the shop does not know it of all of them.
    """

    resource_kind: ResourceKind = ResourceKind.VARIANT
    id: str
    title: str
    sku: str | None
    price: Money
    compare_at_price: Money | None
    cost: Money | None = Field(default=None, exclude_if=lambda cost: cost is None)

    @property
    def prices(self) -> Mapping[FieldName, Value]:
        """What the price fields hold."""
        return {
            FieldName.PRICE: self.price,
            FieldName.COMPARE_AT_PRICE: self.compare_at_price or ABSENT,
        }


class Category(Keeping):
    """A group of products that a shop shows together: a collection on Shopify.

    Among a product's own, `kept` says what an undo of leaving it has to bring back.
    """

    id: str
    name: str


class Location(Frozen):
    """A place where stock is kept."""

    id: str
    name: str


class StockLevel(Keeping):
    """How many units of one thing are at one location, as far as they can be sold.

    The resource is what the platform counts, such as Shopify's inventory item; `title` and `sku`
    are those of the variant.
    """

    resource_kind: ResourceKind
    resource_id: str
    title: str
    sku: str | None
    location: Location
    units: int


class PriceList(Frozen):
    """Prices that some customers, or the customers of one channel, pay in place of the others."""

    id: str
    name: str


class ListPrice(Frozen):
    """What a variant costs by a price list.

    Where it `inherits`, the list has no price for it, and the variant's prices are those that take
    its place.
    """

    price_list: PriceList
    variant: Variant
    inherits: bool


TextField = Literal[
    FieldName.TITLE, FieldName.DESCRIPTION, FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION
]


class Product(Frozen):
    """A product with all its variants, in the order in which the store shows them.

    What `CatalogDetail` did not ask for is empty. A text that the product inherits, such as an SEO
    title that follows the title, is absent. `note` is what a person should know before the
    product's own fields change; it stands behind the title.
    """

    id: str
    title: str
    vendor: str
    tags: tuple[str, ...]
    variants: tuple[Variant, ...]
    texts: Mapping[TextField, Text | Absent] = {}
    status: Listing | None = None
    categories: tuple[Category, ...] = ()
    stock: tuple[StockLevel, ...] = ()
    list_prices: tuple[ListPrice, ...] = ()
    note: str = ""


PRICE_FIELDS = frozenset({FieldName.PRICE, FieldName.COMPARE_AT_PRICE})


class CatalogDetail(Frozen):
    """What of the selected products to read, beyond what tells them apart.

    `categories` names those to be looked up for the snapshot, whether or not a product is in them:
    by handle, path or name, as `ByCollection` does. `price_lists` names those whose prices are
    wanted, by name or id. `costs` asks for what a unit of each variant costs the merchant.
    """

    fields: frozenset[FieldName] = PRICE_FIELDS
    categories: tuple[Name, ...] = ()
    price_lists: tuple[Name, ...] = ()
    costs: bool = False


PRICES = CatalogDetail()


class Snapshot(Frozen):
    """The selected part of a store's catalogue, as it was read at one time.

    `categories` and `price_lists` hold those that were looked up and found, by the name that was
    asked for.
    """

    store: str
    currency: str
    selection: Selection
    taken_at: AwareDatetime
    products: tuple[Product, ...]
    categories: Mapping[str, Category] = {}
    price_lists: Mapping[str, PriceList] = {}

    @model_validator(mode="after")
    def _each_product_once(self) -> Self:
        if len({product.id for product in self.products}) != len(self.products):
            raise ValueError("a snapshot holds each product once")
        variants = [variant for product in self.products for variant in product.variants]
        if len({(one.resource_kind, one.id) for one in variants}) != len(variants):
            raise ValueError("a snapshot holds each variant once")
        listed = [one.variant for product in self.products for one in product.list_prices]
        amounts = (
            price for one in (*variants, *listed) for price in (one.price, one.compare_at_price)
        )
        if any(price is not None and price.currency != self.currency for price in amounts):
            raise ValueError("a snapshot's prices are in the store's currency")
        return self

    @property
    def variant_count(self) -> int:
        """How many variants the selected products have."""
        return sum(len(product.variants) for product in self.products)
