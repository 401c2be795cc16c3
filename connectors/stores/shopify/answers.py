"""The shapes in which Shopify answers, as far as they are read; everything else is let through."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Part(BaseModel):
    """A part of an answer: only what is declared is read, and no value is converted."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


_AMOUNT = re.compile(r"[0-9]{1,30}(\.[0-9]{1,10})?")


def _decimal(text: object) -> object:
    """Take only text: a number would have gone through binary floating point on its way."""
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise ValueError("an amount is a string of digits")
    return Decimal(text)


def without_placeholders(nodes: object) -> object:
    """Drop what `nodes(ids:)` answers for ids that are gone (null) or of another kind ({})."""
    return [node for node in nodes if node] if isinstance(nodes, list) else nodes


Amount = Annotated[Decimal, BeforeValidator(_decimal)]


class PageInfo(Part):
    """Whether there is a next page, and where it begins."""

    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: str | None = Field(alias="endCursor")


class ThrottleStatus(Part):
    """The bucket's level, in points."""

    maximum_available: float = Field(alias="maximumAvailable", gt=0)
    currently_available: float = Field(alias="currentlyAvailable")
    restore_rate: float = Field(alias="restoreRate", gt=0)


class Cost(Part):
    """What a call costs at most, what it did cost, and what is left."""

    requested: float = Field(alias="requestedQueryCost", default=0)
    actual: float | None = Field(alias="actualQueryCost", default=None)
    throttle_status: ThrottleStatus = Field(alias="throttleStatus")


class Problem(Part):
    """One of the errors that answer a call as a whole."""

    message: str = ""
    extensions: dict[str, Any] = Field(default_factory=dict)

    @property
    def code(self) -> str:
        """The platform's code, or an empty text."""
        return str(self.extensions.get("code", ""))


class Shop(Part):
    """The shop itself."""

    currency_code: str = Field(alias="currencyCode", pattern=r"^[A-Z]{3}$")


class VariantNode(Part):
    """A variant as the catalogue shows it."""

    id: str
    title: str
    sku: str | None
    price: Amount
    compare_at_price: Amount | None = Field(alias="compareAtPrice")


class VariantPage(Part):
    """Variants of one product."""

    nodes: list[VariantNode]
    page_info: PageInfo = Field(alias="pageInfo")


class ProductNode(Part):
    """A product with its first variants."""

    id: str
    title: str
    vendor: str
    tags: list[str]
    variants: VariantPage


class ProductPage(Part):
    """Products of a search or a collection."""

    nodes: list[ProductNode]
    page_info: PageInfo = Field(alias="pageInfo")


class SearchAnswer(Part):
    """Answers SearchProducts."""

    shop: Shop
    products: ProductPage


class _Collection(Part):
    products: ProductPage


class CollectionAnswer(Part):
    """Answers CollectionProducts; without a collection of that handle there is none."""

    shop: Shop
    collection: _Collection | None = Field(alias="collectionByIdentifier")


class ProductsAnswer(Part):
    """Answers ProductsById."""

    shop: Shop
    nodes: Annotated[list[ProductNode], BeforeValidator(without_placeholders)]


class _ProductVariants(Part):
    variants: VariantPage


class VariantsAnswer(Part):
    """Answers ProductVariants; the product may be gone by then."""

    product: _ProductVariants | None


class PriceNode(Part):
    """A variant's prices."""

    id: str
    price: Amount
    compare_at_price: Amount | None = Field(alias="compareAtPrice")


class PricesAnswer(Part):
    """Answers VariantPrices."""

    shop: Shop
    nodes: Annotated[list[PriceNode], BeforeValidator(without_placeholders)]
