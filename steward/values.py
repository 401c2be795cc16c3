"""Values: what a field of a store can hold, each of its own kind and comparable as it is."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Discriminator, Field

from steward.model import Frozen, Keeping
from steward.money import Money
from steward.wording import one_line, shortened

_LONGEST_SHOWN = 60
# A signed 32-bit number, which every platform keeps exactly.
QUANTITY_LIMIT = 2**31 - 1
# Far above every platform's own limit for a description.
TEXT_LIMIT = 1_000_000


class Absent(Frozen):
    """The field holds no value: a compare-at price that was never set, a tag that is not there.

    `instead` is the price that takes its place meanwhile, where one does and it is known: the
    catalogue's, for a price list without a price of its own. It takes no part in comparing.
    """

    kind: Literal["absent"] = "absent"
    # Left out where there is none, so that digests without it stay what they were.
    instead: Money | None = Field(default=None, exclude_if=lambda price: price is None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Absent)

    def __hash__(self) -> int:
        return hash(Absent)

    def __str__(self) -> str:
        """Return the sign that tables show for no value, with what takes its place."""
        return f"- ({self.instead})" if self.instead else "-"


class Present(Keeping):
    """The resource carries what the target's key names, such as a tag."""

    kind: Literal["present"] = "present"

    def __str__(self) -> str:
        """Return the word that tables show where nothing better is known."""
        return "yes"


class Text(Frozen):
    """A text exactly as the platform keeps it; descriptions are HTML. An empty text is a text."""

    kind: Literal["text"] = "text"
    text: str = Field(max_length=TEXT_LIMIT)

    def __str__(self) -> str:
        """Return the text on one line, shortened where it is long."""
        return shortened(one_line(self.text), _LONGEST_SHOWN) or '""'


class Quantity(Keeping):
    """How many units there are; below zero where more were sold than there were."""

    kind: Literal["quantity"] = "quantity"
    units: int = Field(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.units)


class ListingStatus(StrEnum):
    """Whether customers can find and buy a product.

    `DRAFT` is not for sale yet, `HIDDEN` is left out of lists and searches, `ARCHIVED` is no longer
    for sale and kept for the record.
    """

    ACTIVE = "active"
    DRAFT = "draft"
    HIDDEN = "hidden"
    ARCHIVED = "archived"


class Listing(Frozen):
    """A product's status, with the platform's own finer word where an undo has to restore it.

    Adobe Commerce, for example, tells products that are listed in the catalogue from those that are
    only found by searching; both are active. `detail` is empty for the usual one.
    """

    kind: Literal["listing"] = "listing"
    status: ListingStatus
    detail: str = ""

    def __str__(self) -> str:
        """Return the status, with its detail in brackets."""
        return f"{self.status} ({self.detail})" if self.detail else str(self.status)


Value = Annotated[
    Money | Absent | Present | Text | Quantity | Listing,
    Discriminator("kind"),
]
ABSENT = Absent()
PRESENT = Present()


def in_words(value: Value) -> str:
    """Return the value as a sentence names it: a text in quotes, and no value in words."""
    match value:
        case Text():
            return str(value) if not value.text.strip() else f'"{value}"'
        case Absent():
            return "not there"
        case _:
            return str(value)
