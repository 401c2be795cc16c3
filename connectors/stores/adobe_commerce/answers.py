"""What the API's answers are made of; what is not read of them is let through."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

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

ItemT = TypeVar("ItemT")

_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


class Part(BaseModel):
    """Something in an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _amount(value: object) -> object:
    """Take numbers, which the answer's reader gives as decimals, and the same as text."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("an amount is a number")  # noqa: TRY004 - pydantic's way to refuse
    return value


# Many rows share their moments, and each is asked for again and again.
@lru_cache(maxsize=4096)
def moment(text: str | None) -> datetime | None:
    """Read a date and time, in UTC; nothing and a date of zeros set no limit.

    Raises `ValueError` for anything else.
    """
    if not text or text.startswith("0000-"):
        return None
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError("a moment is a date and a time")


def _readable(text: str | None) -> str | None:
    moment(text)
    return text


def absent_as_empty(value: object) -> object:
    """Read PHP's empty list as the empty object that it stands for, and nothing as well."""
    return {} if value in (None, []) else value


def listed(value: object) -> object:
    """Read nothing as the empty list that it stands for."""
    return [] if value is None else value


def absent_as_zero(value: object) -> object:
    """Read nothing as the number that it stands for."""
    return 0 if value is None else value


Amount = Annotated[Decimal, BeforeValidator(_amount), Field(allow_inf_nan=False)]
MomentText = Annotated[str | None, AfterValidator(_readable)]
Parameters = Annotated[dict[str, Any] | list[Any], BeforeValidator(absent_as_empty)]


class Refusal(Part):
    """Why a request, or a row of a price request, is refused."""

    message: str
    parameters: Parameters = Field(default_factory=dict)
    errors: Annotated[list["Refusal"], BeforeValidator(listed)] = Field(default_factory=list)

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


class CountedPage(Part, Generic[ItemT]):
    """One page of a search, and how much all pages hold."""

    items: Annotated[list[ItemT], BeforeValidator(listed)]
    total_count: int


class StoreView(Part):
    """What a store view is configured for."""

    base_currency_code: str = Field(pattern=r"^[A-Z]{3}$")


class ListedView(Part):
    """A store view among all; the administration counts as one, with the id 0."""

    id: int
    code: str = Field(min_length=1)
    is_active: int = 1


class BasePriceRow(Part):
    """A product's price in one scope."""

    price: Amount
    store_id: int
    sku: str


class SpecialPriceRow(Part):
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
        return moment(self.price_from)

    @property
    def ends(self) -> datetime | None:
        """When it ends; None if it never does."""
        return moment(self.price_to)


REFUSAL = TypeAdapter(Refusal)
REFUSALS = TypeAdapter(list[Refusal])
STORE_VIEWS = TypeAdapter(Annotated[list[StoreView], Field(min_length=1)])
LISTED_VIEWS = TypeAdapter(list[ListedView])
BASE_PRICES = TypeAdapter(list[BasePriceRow])
SPECIAL_PRICES = TypeAdapter(list[SpecialPriceRow])


def first_fault(error: ValidationError) -> str:
    """Name the place and kind of the first fault, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the answer"
    return f"'{place}' is {first['type'].replace('_', ' ')}"
