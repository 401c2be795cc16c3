"""Places that keep stock, and the fields that an item has at each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.bigcommerce.fields import LARGEST_INTEGER, Field, Kind

DEFAULT_LOCATION = 1
"""The location whose stock is a product's or variant's own field `inventory_level`."""

_BETWEEN = "@"


@dataclass(frozen=True, slots=True)
class Location:
    """A place that keeps stock."""

    id: int
    code: str
    label: str
    city: str
    enabled: bool = True


LOCATED_FIELDS: Mapping[str, Field] = {
    "inventory_level": Field(Kind.INTEGER, nullable=True, minimum=0, maximum=LARGEST_INTEGER),
    "safety_stock": Field(Kind.INTEGER, 0, minimum=0, maximum=LARGEST_INTEGER),
}
"""What an item has at a location; a level of null means that it was never there."""


def located(field: str, location: int) -> str:
    """Return the name of a field at a location, such as `inventory_level@2`."""
    if field == "inventory_level" and location == DEFAULT_LOCATION:
        return field
    return f"{field}{_BETWEEN}{location}"


def place_of(name: str) -> tuple[str, int] | None:
    """Return the field and the location that a name such as `inventory_level@2` means, or None."""
    field, between, location = name.partition(_BETWEEN)
    if not between or field not in LOCATED_FIELDS or not location.isdecimal():
        return None
    return field, int(location[:9])
