"""The shapes in which BigCommerce answers, as far as they are read; the rest is let through."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from steward.money import AMOUNT_LIMIT


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


def _decimal(number: object) -> object:
    """Take a JSON number that was parsed without binary floating point on its way."""
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise ValueError("an amount is a number")  # noqa: TRY004 - pydantic wants a ValueError
    return Decimal(number)


Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, lt=AMOUNT_LIMIT)]


class StoreInformation(_Part):
    """The store itself, as the older API describes it."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")


class _Pagination(_Part):
    total_pages: int


class _Meta(_Part):
    pagination: _Pagination


class Page(_Part):
    """One page of a list."""

    meta: _Meta

    @property
    def is_last(self) -> bool:
        """Whether the list, from this page's beginning on, has no further page."""
        return self.meta.pagination.total_pages <= 1


class ProductPrices(_Part):
    """A product's own prices; a sale price of 0 is none."""

    id: int
    price: Amount
    sale_price: Amount | None = None


class ProductContent(ProductPrices):
    """A product's own prices, and those of its other fields that were asked for."""

    name: str = ""
    description: str | None = None
    page_title: str | None = None
    meta_description: str | None = None
    is_visible: bool = False
    categories: list[int] = Field(default_factory=list)


class VariantPrices(_Part):
    """A variant's own prices; one that is null is the product's."""

    id: int
    price: Amount | None
    sale_price: Amount | None


class _OptionValue(_Part):
    label: str


class VariantNode(VariantPrices):
    """A variant as the catalogue shows it."""

    sku: str | None = None
    option_values: list[_OptionValue] = Field(default_factory=list)


class ProductNode(ProductContent):
    """A product with all its variants."""

    name: str
    sku: str | None = None
    brand_id: int | None = None
    variants: list[VariantNode]


class Category(_Part):
    """A category, and the path of its page in the shop."""

    class _Address(_Part):
        url: str

    id: int
    name: str
    custom_url: _Address | None = None


class Brand(_Part):
    """A brand."""

    id: int
    name: str


class ProductPage(Page):
    """Products with their variants."""

    data: list[ProductNode]


class ProductContentPage(Page):
    """Products without their variants."""

    data: list[ProductContent]


class VariantPricesPage(Page):
    """Prices of variants."""

    data: list[VariantPrices]


class CategoryPage(Page):
    """Categories."""

    data: list[Category]


class BrandPage(Page):
    """Brands."""

    data: list[Brand]


class WrittenResource(_Part):
    """A product or variant that a write speaks of."""

    id: int


class Problem(_Part):
    """Why something was refused, or not saved with the rest.

    The keys of `errors` are fields, with the position of their item in front where the request
    was a batch, such as `0.price`.
    """

    status: int | str = 0
    title: str = ""
    errors: dict[str, Any] = Field(default_factory=dict)


class NoContent(_Part):
    """Answers a write about which there is nothing to say (HTTP 204)."""


class WriteAnswer(_Part):
    """Answers a batch that was saved, at least for the most part (HTTP 200 and 207)."""

    data: list[WrittenResource]
    errors: Problem | None = None


class RefusedBatch(Problem):
    """Answers a batch that was refused; variants have a list of problems of their own."""

    batch_errors: list[Problem] = Field(default_factory=list)
