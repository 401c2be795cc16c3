"""The things a Shopify store holds, as plain mutable records; only the catalogue changes them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

QUANTITY_NAMES = (
    "available",
    "on_hand",
    "committed",
    "incoming",
    "reserved",
    "damaged",
    "quality_control",
    "safety_stock",
)
"""Every named quantity that an inventory level keeps, as the platform names them."""


@dataclass(slots=True)
class OptionValue:
    """One value of a product option, such as `Red`."""

    id: int
    name: str


@dataclass(slots=True)
class Option:
    """One dimension along which a product's variants differ, such as `Color`."""

    id: int
    name: str
    values: list[OptionValue]


@dataclass(slots=True)
class Product:
    """A product; its variants are kept apart, in the order of `variant_ids`."""

    id: int
    title: str
    handle: str
    created_at: int
    updated_at: int
    description_html: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: list[str] = field(default_factory=list)
    status: str = "ACTIVE"
    published_at: int | None = None
    template_suffix: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    gift_card: bool = False
    gift_card_template_suffix: str | None = None
    requires_selling_plan: bool = False
    options: list[Option] = field(default_factory=list)
    variant_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Variant:
    """A variant; `option_values` holds one value's id for each of the product's options."""

    id: int
    product_id: int
    inventory_item_id: int
    created_at: int
    updated_at: int
    price: Decimal = Decimal("0.00")
    compare_at_price: Decimal | None = None
    barcode: str | None = None
    taxable: bool = True
    tax_code: str = ""
    inventory_policy: str = "DENY"
    option_values: list[int] = field(default_factory=list)
    requires_components: bool = False
    show_unit_price: bool = False
    unit_price_measurement: dict[str, Any] | None = None


@dataclass(slots=True)
class InventoryLevel:
    """The stock of one inventory item at one location."""

    id: int
    inventory_item_id: int
    location_id: int
    created_at: int
    updated_at: int
    active: bool = True
    quantities: dict[str, int] = field(default_factory=dict)
    changed_at: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class InventoryItem:
    """The stockable side of a variant: SKU, cost, weight, and a level for each location."""

    id: int
    variant_id: int
    created_at: int
    updated_at: int
    sku: str | None = None
    cost: Decimal | None = None
    tracked: bool = True
    requires_shipping: bool = True
    country_code_of_origin: str | None = None
    province_code_of_origin: str | None = None
    harmonized_system_code: str | None = None
    weight_value: float = 0.0
    weight_unit: str = "KILOGRAMS"
    levels: dict[int, InventoryLevel] = field(default_factory=dict)


@dataclass(slots=True)
class Location:
    """A place that holds stock."""

    id: int
    name: str
    created_at: int
    updated_at: int
    city: str = "Lyon"
    country_code: str = "FR"
    active: bool = True


@dataclass(slots=True)
class Collection:
    """A manual collection (`product_ids`) or, with a rule set, a smart one."""

    id: int
    title: str
    handle: str
    updated_at: int
    description_html: str = ""
    sort_order: str = "BEST_SELLING"
    template_suffix: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    rule_set: dict[str, Any] | None = None
    product_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Metafield:
    """A custom field of a product, variant, collection or the shop."""

    id: int
    owner_id: str
    namespace: str
    key: str
    type: str
    value: str
    created_at: int
    updated_at: int


Record = Product | Variant | InventoryItem | Collection | Location | Metafield
"""Everything that the catalogue creates and deletes as a whole."""


def to_document(record: Record) -> dict[str, Any]:
    """Return a record as JSON values, for the journal."""
    return {name: _plain(value) for name, value in asdict(record).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - it maps any JSON-like value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def product_from_document(document: Mapping[str, Any]) -> Product:
    """Rebuild a product from what `to_document` wrote."""
    options = [
        Option(
            id=option["id"],
            name=option["name"],
            values=[OptionValue(**value) for value in option["values"]],
        )
        for option in document["options"]
    ]
    return Product(**{**document, "options": options})


def options_from_document(document: list[dict[str, Any]]) -> list[Option]:
    """Rebuild a product's options from the journal's JSON."""
    return [
        Option(
            id=option["id"],
            name=option["name"],
            values=[OptionValue(**value) for value in option["values"]],
        )
        for option in document
    ]


def variant_from_document(document: Mapping[str, Any]) -> Variant:
    """Rebuild a variant from what `to_document` wrote."""
    compare_at = document.get("compare_at_price")
    return Variant(
        **{
            **document,
            "price": Decimal(document["price"]),
            "compare_at_price": None if compare_at is None else Decimal(compare_at),
        }
    )


def inventory_item_from_document(document: Mapping[str, Any]) -> InventoryItem:
    """Rebuild an inventory item from what `to_document` wrote."""
    cost = document.get("cost")
    levels = {
        int(location): InventoryLevel(**level) for location, level in document["levels"].items()
    }
    return InventoryItem(
        **{**document, "cost": None if cost is None else Decimal(cost), "levels": levels}
    )
