"""What a store holds: products with their values per scope, categories and sources of stock."""

from dataclasses import dataclass, field
from typing import Any

SIMPLE, CONFIGURABLE = "simple", "configurable"


@dataclass(slots=True)
class StockLevel:
    """What one source has of one product; the quantity is decimal text."""

    quantity: str
    status: int = 1


@dataclass(slots=True)
class Product:
    """One product.

    Attributes:
        values: the global value of each attribute that has one.
        overrides: by scope, the values that replace the global ones there.
        category_links: the product's position in each of its categories.
        stock: by source, what it has.
        child_ids: the products that a configurable one offers.
        option_codes: the attributes by which a buyer chooses among them.
    """

    id: int
    sku: str
    type_id: str
    created_at: str
    updated_at: str
    attribute_set_id: int = 4
    website_ids: list[int] = field(default_factory=lambda: [1])
    values: dict[str, Any] = field(default_factory=dict)
    overrides: dict[int, dict[str, Any]] = field(default_factory=dict)
    category_links: dict[int, int] = field(default_factory=dict)
    stock: dict[str, StockLevel] = field(default_factory=dict)
    child_ids: list[int] = field(default_factory=list)
    option_codes: list[str] = field(default_factory=list)

    def value(self, code: str, scope: int) -> Any:  # noqa: ANN401 - any JSON value
        """Return an attribute's value as a scope sees it, inherited or not."""
        own = self.overrides.get(scope)
        if own is not None and code in own:
            return own[code]
        return self.values.get(code)

    def stored(self, code: str, scope: int) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value that a scope itself holds; None where it inherits."""
        return self.overrides.get(scope, {}).get(code) if scope else self.values.get(code)


@dataclass(slots=True)
class Category:
    """One category; `names` are by scope, the global one always there."""

    id: int
    parent_id: int
    path: str
    position: int
    created_at: str
    names: dict[int, str]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A place that has stock."""

    code: str
    name: str
    city: str
    enabled: bool = True


def product_to_document(product: Product) -> dict[str, Any]:
    """Return a whole product as JSON values."""
    return {
        "id": product.id,
        "sku": product.sku,
        "type_id": product.type_id,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "attribute_set_id": product.attribute_set_id,
        "website_ids": list(product.website_ids),
        "values": dict(product.values),
        "overrides": {str(scope): dict(own) for scope, own in product.overrides.items()},
        "category_links": {str(number): place for number, place in product.category_links.items()},
        "stock": {
            code: {"quantity": level.quantity, "status": level.status}
            for code, level in product.stock.items()
        },
        "child_ids": list(product.child_ids),
        "option_codes": list(product.option_codes),
    }


def product_from_document(document: dict[str, Any]) -> Product:
    """Return the product that was written as JSON values; they share nothing that can change."""
    return Product(
        **{
            **document,
            **{name: list(document[name]) for name in ("website_ids", "child_ids", "option_codes")},
            "values": dict(document["values"]),
            "overrides": {int(scope): dict(own) for scope, own in document["overrides"].items()},
            "category_links": {
                int(number): place for number, place in document["category_links"].items()
            },
            "stock": {code: StockLevel(**level) for code, level in document["stock"].items()},
        }
    )
