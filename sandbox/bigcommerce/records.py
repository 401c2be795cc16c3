"""What a store holds, and its JSON form for the journal."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.bigcommerce.fields import PRODUCT_FIELDS, VARIANT_FIELDS


@dataclass(slots=True)
class OptionValue:
    """One choice of an option."""

    id: int
    label: str


@dataclass(slots=True)
class Option:
    """What a shopper chooses between, such as a size."""

    id: int
    name: str
    values: list[OptionValue]


@dataclass(slots=True)
class Product:
    """A product; `values` holds what differs from the fields' defaults.

    Attributes:
        variant_ids: its variants by position; a product without options has one base variant.
        images: how many pictures it has.
    """

    id: int
    created_at: int
    modified_at: int
    values: dict[str, Any]
    variant_ids: list[int] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    images: int = 0

    def value(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return a field's value."""
        found = self.values.get(name, PRODUCT_FIELDS[name].default)
        return list(found) if isinstance(found, tuple) else found


@dataclass(slots=True)
class Variant:
    """A variant; it has one value of each option of its product.

    Attributes:
        sku_id: its number in the older API; None for a base variant.
        option_values: the identifiers of the values, in the order of the product's options.
    """

    id: int
    product_id: int
    values: dict[str, Any]
    sku_id: int | None = None
    option_values: list[int] = field(default_factory=list)

    def value(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return a field's own value; None is inherited."""
        return self.values.get(name, VARIANT_FIELDS[name].default)


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the default tree."""

    id: int
    name: str
    path: str
    parent_id: int = 0
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """A list of prices that override the catalogue's for some shoppers."""

    id: int
    name: str
    created_at: int
    active: bool = True


@dataclass(slots=True)
class PriceRecord:
    """A variant's prices in a list and currency; a price that is not in `values` is not set."""

    price_list_id: int
    variant_id: int
    currency: str
    created_at: int
    modified_at: int
    values: dict[str, int | float] = field(default_factory=dict)


def to_document(record: Product | Variant | PriceRecord) -> dict[str, Any]:
    """Return a record as JSON values, for the journal."""
    return asdict(record)


def product_from_document(document: Mapping[str, Any]) -> Product:
    """Rebuild a product from what `to_document` wrote."""
    options = [
        Option(option["id"], option["name"], [OptionValue(**value) for value in option["values"]])
        for option in document["options"]
    ]
    return Product(**{**document, "options": options})
