"""The shapes in which BigCommerce answers, as far as they are read; the rest is let through."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from steward.money import AMOUNT_LIMIT


class AnswerPart(BaseModel):
    """A part of an answer; what is not named in it is let through unread."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


def _decimal(number: object) -> object:
    """Take a JSON number that was parsed without binary floating point on its way."""
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise ValueError("an amount is a number")  # noqa: TRY004 - pydantic wants a ValueError
    return Decimal(number)


Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, lt=AMOUNT_LIMIT)]


class StoreInformation(AnswerPart):
    """The store itself, as the older API describes it."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")


class _Pagination(AnswerPart):
    total_pages: int


class _Meta(AnswerPart):
    pagination: _Pagination


class Page(AnswerPart):
    """One page of a list."""

    meta: _Meta

    @property
    def is_last(self) -> bool:
        """Whether the list, from this page's beginning on, has no further page."""
        return self.meta.pagination.total_pages <= 1


class ProductPrices(AnswerPart):
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
    inventory_tracking: Literal["none", "product", "variant"] = "none"


class VariantPrices(AnswerPart):
    """A variant's own prices; one that is null is the product's."""

    id: int
    price: Amount | None
    sale_price: Amount | None


class _OptionValue(AnswerPart):
    label: str


class VariantNode(VariantPrices):
    """A variant as the catalogue shows it."""

    sku: str | None = None
    cost_price: Amount | None = None
    option_values: list[_OptionValue] = Field(default_factory=list)


class ProductNode(ProductContent):
    """A product with all its variants."""

    name: str
    sku: str | None = None
    brand_id: int | None = None
    cost_price: Amount | None = None
    variants: list[VariantNode]


class Category(AnswerPart):
    """A category, and the path of its page in the shop."""

    class _Address(AnswerPart):
        url: str

    id: int
    name: str
    custom_url: _Address | None = None


class Brand(AnswerPart):
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


class WrittenResource(AnswerPart):
    """A product or variant that a write speaks of."""

    id: int


class Problem(AnswerPart):
    """Why something was refused, or not saved with the rest.

    The keys of `errors` are fields, with the position of their item in front where the request
    was a batch, such as `0.price`. Of a price list's records `data` says which one it is about, and
    `field_errors` what is wrong with it.
    """

    status: int | str = 0
    title: str = ""
    errors: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)
    field_errors: dict[str, Any] = Field(default_factory=dict)


class NoContent(AnswerPart):
    """Answers a write about which there is nothing to say (HTTP 204)."""


class WriteAnswer(AnswerPart):
    """Answers a batch that was saved, at least for the most part (HTTP 200 and 207)."""

    data: list[WrittenResource]
    errors: Problem | None = None


class RefusedBatch(Problem):
    """Answers a batch that was refused; variants have a list of problems of their own."""

    batch_errors: list[Problem] = Field(default_factory=list)
