"""Operations: what an intent does to each selected product, as data."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self, assert_never

from pydantic import Discriminator, Field, field_validator, model_validator

from steward.catalog import PRICE_FIELDS, CatalogDetail, Name, TextField
from steward.changes import FieldName
from steward.model import Frozen
from steward.money import AMOUNT_LIMIT
from steward.values import QUANTITY_LIMIT, TEXT_LIMIT, ListingStatus


class _Pricing(Frozen):
    """Something to do to prices: the shop's own, or those of a price list, by its name or id."""

    # Left out where there is none, so that intents without it stay what they were.
    price_list: Name | None = Field(default=None, exclude_if=lambda name: name is None)


class AdjustPrice(_Pricing):
    """Move every price by a percentage, rounded to the currency.

    No price ends below zero or is taken below `floor` (in the store's currency); a price that
    starts below the floor and would stay there is left alone. `ending`, such as 0.99, takes the
    nearest price with that ending by which a discount still lowers and a rise still raises, and
    none where there is no such price or the percentage moves nothing; the floor wins over it.

    Where a price list has no price of its own, the price that takes its place is moved, and becomes
    the list's own.
    """

    kind: Literal["adjust_price"] = "adjust_price"
    percent: Decimal = Field(ge=-100, le=1000, allow_inf_nan=False)
    floor: Decimal | None = Field(default=None, ge=0, lt=AMOUNT_LIMIT, allow_inf_nan=False)
    ending: Decimal | None = Field(default=None, ge=0, lt=1, allow_inf_nan=False)


class CompareAtRule(StrEnum):
    """What the crossed-out price beside the price becomes."""

    PREVIOUS_PRICE = "previous_price"
    CLEARED = "cleared"


class SetCompareAtPrice(_Pricing):
    """Show the price before this change as the crossed-out price, or show none.

    `PREVIOUS_PRICE` applies where the price falls, and keeps a crossed-out price that is already
    higher.
    """

    kind: Literal["set_compare_at_price"] = "set_compare_at_price"
    rule: CompareAtRule


class RestoreCompareAtPrice(_Pricing):
    """End a sale: the crossed-out price becomes the price again, and is cleared.

    What is not on sale, since its crossed-out price is no higher than its price, is left alone.
    """

    kind: Literal["restore_compare_at_price"] = "restore_compare_at_price"


class SetStock(Frozen):
    """Set how many units can be sold, at one location.

    The location, by its name or id, may be left out where the store has only one.
    """

    kind: Literal["set_stock"] = "set_stock"
    units: int = Field(ge=0, le=QUANTITY_LIMIT)
    location: Name | None = None


class AdjustStock(Frozen):
    """Add units to what can be sold, or take units away, at one location; see `SetStock`.

    Nothing is taken below zero; what is below zero already is not taken further down.
    """

    kind: Literal["adjust_stock"] = "adjust_stock"
    units: int = Field(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)
    location: Name | None = None


class SetText(Frozen):
    """Set a text, in which `{title}`, `{vendor}` and `{current}` stand for the product's own.

    `current` is what the text was; in a description the other two are escaped as HTML demands. An
    empty text clears what can be cleared: an SEO text follows the product's again.
    """

    kind: Literal["set_text"] = "set_text"
    field: TextField
    text: str = Field(max_length=TEXT_LIMIT)

    @model_validator(mode="after")
    def _titles_say_something(self) -> Self:
        if self.field is FieldName.TITLE and not self.text.strip():
            raise ValueError("a title cannot be empty")
        return self


class ReplaceText(Frozen):
    """Replace every occurrence of some words in a text, with regard to case."""

    kind: Literal["replace_text"] = "replace_text"
    field: TextField
    find: str = Field(min_length=1, max_length=TEXT_LIMIT)
    replacement: str = Field(default="", max_length=TEXT_LIMIT)


class ChangeTags(Frozen):
    """Add tags and take tags away, without regard to case; other tags stay."""

    kind: Literal["change_tags"] = "change_tags"
    add: tuple[Name, ...] = ()
    remove: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _something_and_no_contradiction(self) -> Self:
        _require_apart(self.add, self.remove, "tag")
        return self

    @field_validator("add", "remove")
    @classmethod
    def _no_commas(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if any("," in tag for tag in tags):
            raise ValueError("a tag holds no comma")
        return tags


class ChangeCategories(Frozen):
    """Put products into categories and take them out of others; see `CatalogDetail`."""

    kind: Literal["change_categories"] = "change_categories"
    add: tuple[Name, ...] = ()
    remove: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _something_and_no_contradiction(self) -> Self:
        _require_apart(self.add, self.remove, "category")
        return self


class SetStatus(Frozen):
    """Put products up for sale, or take them off."""

    kind: Literal["set_status"] = "set_status"
    status: ListingStatus


def _require_apart(add: tuple[str, ...], remove: tuple[str, ...], what: str) -> None:
    if not add and not remove:
        raise ValueError(f"name a {what} to add or to remove")
    both = {name.casefold() for name in add} & {name.casefold() for name in remove}
    if both:
        raise ValueError(f"the {what} '{min(both)}' is both added and removed")


PriceOperation = AdjustPrice | SetCompareAtPrice | RestoreCompareAtPrice
StockOperation = SetStock | AdjustStock
TextOperation = SetText | ReplaceText
Operation = Annotated[
    PriceOperation | StockOperation | TextOperation | ChangeTags | ChangeCategories | SetStatus,
    Discriminator("kind"),
]


def fields_of(operation: Operation) -> frozenset[FieldName]:
    """Return the fields that an operation may change, and so has to know."""
    match operation:
        case AdjustPrice() | SetCompareAtPrice() | RestoreCompareAtPrice():
            return PRICE_FIELDS
        case SetStock() | AdjustStock():
            return frozenset({FieldName.INVENTORY_QUANTITY})
        case SetText(field=field) | ReplaceText(field=field):
            return frozenset({field})
        case ChangeTags():
            return frozenset({FieldName.TAG})
        case ChangeCategories():
            return frozenset({FieldName.CATEGORY})
        case SetStatus():
            return frozenset({FieldName.STATUS})
        case _:
            assert_never(operation)


def detail_for(operations: tuple[Operation, ...]) -> CatalogDetail:
    """Return what has to be read of the selected products before the operations are compiled."""
    named = [
        name
        for operation in operations
        if isinstance(operation, ChangeCategories)
        for name in (*operation.add, *operation.remove)
    ]
    return CatalogDetail(
        fields=frozenset[FieldName]().union(*map(fields_of, operations)),
        categories=tuple(dict.fromkeys(named)),
        price_lists=tuple(dict.fromkeys(filter(None, map(price_list_of, operations)))),
    )


def price_list_of(operation: Operation) -> str | None:
    """Return the price list that an operation names, or None where it names none."""
    return operation.price_list if isinstance(operation, PriceOperation) else None
