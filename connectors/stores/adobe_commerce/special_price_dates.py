"""When a special price begins and ends, as a note that an undo can bring it back by."""

import re
from dataclasses import dataclass
from datetime import datetime

from connectors.stores.adobe_commerce.answers import SpecialPriceRow, moment

NEVER = "2038-01-19 03:14:07"
"""The platform's own end of time."""

_NOTE = re.compile(r"special price(?: from (?P<begins>[\d: -]+?))?(?: to (?P<ends>[\d: -]+))?")


@dataclass(frozen=True, slots=True)
class SpecialPriceDates:
    """When a special price begins and ends, in the platform's words; None where it always does."""

    begins: str | None = None
    ends: str | None = None

    @property
    def note(self) -> str:
        """What is kept beside the crossed-out price; empty where there are no dates."""
        begins = f" from {self.begins}" if self.begins else ""
        ends = f" to {self.ends}" if self.ends else ""
        return f"special price{begins}{ends}" if begins or ends else ""

    def has_ended(self, now: datetime) -> bool:
        """Tell whether it would not count any more."""
        ends = moment(self.ends)
        return ends is not None and ends <= now


def dates_of(row: SpecialPriceRow) -> SpecialPriceDates:
    """Return the dates of a special price that the store told."""
    begins = row.price_from if row.begins else None
    ends = row.price_to if row.ends else None
    return SpecialPriceDates(begins, None if ends == NEVER else ends)


def dates_in(note: str) -> SpecialPriceDates:
    """Return the dates of a note; none for another's note."""
    found = _NOTE.fullmatch(note)
    return SpecialPriceDates(found["begins"], found["ends"]) if found else SpecialPriceDates()
