"""The shapes in which the API answers, as far as they are read; everything else is let through."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from connectors.stores.adobe_commerce.messages import filled

_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _amount(value: object) -> object:
    """Take numbers, which the answer's reader gives as decimals, and the same as text."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("an amount is a number")  # noqa: TRY004 - pydantic's way to refuse
    return value


def _moment(text: str | None) -> datetime | None:
    """Read a date and time, in UTC; nothing and a date of zeros set no limit."""
    if not text or text.startswith("0000-"):
        return None
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError("a moment is a date and a time")


def _readable(text: str | None) -> str | None:
    _moment(text)
    return text


def _object(value: object) -> object:
    """Read PHP's empty list as the empty object that it stands for, and nothing as well."""
    return {} if value in (None, []) else value


def _listed(value: object) -> object:
    return [] if value is None else value


Amount = Annotated[Decimal, BeforeValidator(_amount), Field(allow_inf_nan=False)]
MomentText = Annotated[str | None, AfterValidator(_readable)]
Parameters = Annotated[dict[str, Any] | list[Any], BeforeValidator(_object)]


class Refusal(_Part):
    """Why a request, or a row of a price request, is refused."""

    message: str
    parameters: Parameters = Field(default_factory=dict)
    errors: Annotated[list["Refusal"], BeforeValidator(_listed)] = Field(default_factory=list)

    @property
    def text(self) -> str:
        """The message with its placeholders filled, and those of the errors below it."""
        return " ".join(
            (filled(self.message, self.parameters), *(error.text for error in self.errors))
        )

    @property
    def values(self) -> tuple[str, ...]:
        """What the parameters hold."""
        given = self.parameters
        return tuple(str(value) for value in (given.values() if isinstance(given, dict) else given))


class StoreView(_Part):
    """What a store view is configured for."""

    base_currency_code: str = Field(pattern=r"^[A-Z]{3}$")


class _ProductExtension(_Part):
    configurable_product_links: Annotated[list[int], BeforeValidator(_listed)] = Field(
        default_factory=list
    )


class ProductItem(_Part):
    """A product of a search."""

    id: int
    sku: str = Field(min_length=1)
    name: str = ""
    type_id: str
    extension_attributes: Annotated[_ProductExtension, BeforeValidator(_object)] = Field(
        default_factory=_ProductExtension
    )


class ProductPage(_Part):
    """Products of a search."""

    items: Annotated[list[ProductItem], BeforeValidator(_listed)]


class CustomAttribute(_Part):
    """An attribute that is no field of its own."""

    attribute_code: str
    value: Any = None


class CategoryItem(_Part):
    """A category of a search."""

    id: int
    name: str = ""
    custom_attributes: Annotated[list[CustomAttribute], BeforeValidator(_listed)] = Field(
        default_factory=list
    )

    def attribute(self, code: str) -> str:
        """Return the text of an attribute, or an empty one."""
        found = (each.value for each in self.custom_attributes if each.attribute_code == code)
        return str(next(found, None) or "")


class CategoryPage(_Part):
    """Categories of a search."""

    items: Annotated[list[CategoryItem], BeforeValidator(_listed)]


class AttributeOption(_Part):
    """One of the values that an attribute may have."""

    label: Annotated[str, BeforeValidator(str)] = ""
    value: Annotated[str, BeforeValidator(str)] = ""


class AttributeAnswer(_Part):
    """An attribute of products; without options it holds text."""

    frontend_input: str | None = None
    options: Annotated[list[AttributeOption], BeforeValidator(_listed)] = Field(
        default_factory=list
    )


class BasePriceRow(_Part):
    """A product's price in one scope."""

    price: Amount
    store_id: int
    sku: str


class SpecialPriceRow(_Part):
    """A product's special price in one scope, and when it begins and ends.

    `price_from` and `price_to` are the platform's own words for that, which deleting the row needs.
    """

    price: Amount
    store_id: int
    sku: str
    price_from: MomentText = None
    price_to: MomentText = None

    @property
    def begins(self) -> datetime | None:
        """When it begins; None if it always did."""
        return _moment(self.price_from)

    @property
    def ends(self) -> datetime | None:
        """When it ends; None if it never does."""
        return _moment(self.price_to)


REFUSAL = TypeAdapter(Refusal)
REFUSALS = TypeAdapter(list[Refusal])
STORE_VIEWS = TypeAdapter(Annotated[list[StoreView], Field(min_length=1)])
PRODUCTS = TypeAdapter(ProductPage)
CATEGORIES = TypeAdapter(CategoryPage)
ATTRIBUTE = TypeAdapter(AttributeAnswer)
BASE_PRICES = TypeAdapter(list[BasePriceRow])
SPECIAL_PRICES = TypeAdapter(list[SpecialPriceRow])


def first_fault(error: ValidationError) -> str:
    """Name the place and kind of the first fault, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the answer"
    return f"'{place}' is {first['type'].replace('_', ' ')}"
