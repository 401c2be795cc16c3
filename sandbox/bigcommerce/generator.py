"""A believable catalogue of any size, the same for the same seed."""

import random
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.fields import plain_number
from sandbox.bigcommerce.locations import DEFAULT_LOCATION, Location, located
from sandbox.bigcommerce.places import ordered_in
from sandbox.bigcommerce.records import (
    Brand,
    Category,
    Option,
    OptionValue,
    PriceList,
    PriceRecord,
    Product,
    Variant,
)

_FIRST_MOMENT = 1_767_600_000  # 5 January 2026, 08:00 UTC
_HOUR_SECONDS = 3600
_FIRST_PRODUCT = 110
_FIRST_VARIANT = 360
_FIRST_CATEGORY = 22
_FIRST_BRAND = 35
_FIRST_SKU = 340

_SIZES = ("XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL")
_COLORS = (
    "Black", "White", "Sand", "Navy", "Olive", "Coral", "Sky", "Rust", "Moss", "Plum",
    "Slate", "Lemon", "Rose", "Teal", "Cream", "Ochre", "Mint", "Ruby", "Smoke", "Indigo",
)  # fmt: skip
_BRANDS = ("Harbor & Pine", "Kumo 雲", "Oak Street", "Sol y Mar", "Tidewater", "Ünder Dach")
_ADJECTIVES = (
    "Everyday", "Coastal", "Classic", "Relaxed", "Lightweight", "Washed", "Striped", "Organic",
    "Vintage", "Quilted", "Ribbed", "Tailored", "Crème brûlée", "Señorita",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of product: its category, its nouns and the range of its prices in whole units."""

    name: str
    nouns: tuple[str, ...]
    lowest: int
    highest: int
    weight: float


_KINDS = (
    _Kind("Shirts", ("Tee", "Shirt", "Polo", "Blouse"), 15, 80, 0.2),
    _Kind("Dresses", ("Dress", "Jumpsuit", "Skirt"), 35, 180, 0.4),
    _Kind("Outerwear", ("Jacket", "Parka", "Vest"), 80, 420, 1.1),
    _Kind("Shoes", ("Sneaker", "Sandal", "Boot"), 45, 260, 0.9),
    _Kind("Bags", ("Tote", "Backpack", "Pouch"), 20, 220, 0.6),
    _Kind("Home", ("Candle", "Blanket", "Mug"), 6, 130, 0.7),
)
_LEVELS = (0, 2, 5, 8, 12, 20, 40, 75)
_LOCATIONS = (
    Location(DEFAULT_LOCATION, "BC-LOCATION-1", "Default location", "Portland"),
    Location(2, "BC-LOCATION-2", "North hub", "Bangor"),
)
_OTHER_CATEGORIES = ("Summer", "Clearance", "Staff Picks")


def generate_catalogue(catalogue: Catalogue, *, products: int, variants: int, seed: int) -> None:
    """Fill an empty catalogue.

    The first product has one base variant and the third costs 0.01. Every fifth product is in the
    category "Summer"; every sixth is on sale. Most variants inherit every price from their product.
    Every other item has stock at the second location, too, and some of it is held back there.

    Args:
        catalogue: the catalogue to fill.
        products: how many products; at least 1.
        variants: how many variants all products have together; at least `products`.
        seed: decides everything else.
    """
    _Generator(catalogue, seed).fill(_variant_counts(products, variants))


def _variant_counts(products: int, variants: int) -> list[int]:
    """Share the variants out: every fourth product stays simple while the others can take more."""
    counts = [1] * products
    others = [index for index in range(products) if index % 4] or [0]
    spare = variants - products
    share, rest = divmod(spare, len(others))
    for position, index in enumerate(others):
        counts[index] += share + (1 if position < rest else 0)
    return counts


class _Generator:
    """Makes products one after another, drawing every choice from the seed."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self._catalogue = catalogue
        self._chance = random.Random(seed)
        self._elsewhere = random.Random(seed)
        self._items = 0
        self._variant = _FIRST_VARIANT
        self._option = 0
        self._sku = _FIRST_SKU
        self._categories: dict[str, int] = {}

    def fill(self, counts: list[int]) -> None:
        names = (*_OTHER_CATEGORIES, *(kind.name for kind in _KINDS))
        for number, name in enumerate(names, start=_FIRST_CATEGORY + 1):
            self._categories[name] = number
            path = f"/{name.lower().replace(' ', '-')}/"
            self._catalogue.categories[number] = Category(number, name, path)
        for number, name in enumerate(_BRANDS, start=_FIRST_BRAND + 1):
            self._catalogue.brands[number] = Brand(number, name)
        for location in _LOCATIONS:
            self._catalogue.locations[location.id] = location
        for index, count in enumerate(counts):
            self._add(index, count)
        self._price_lists()

    def _add(self, index: int, count: int) -> None:
        chance = self._chance
        kind = _KINDS[(index * 5 + chance.randrange(2)) % len(_KINDS)]
        name = f"{chance.choice(_ADJECTIVES)} {chance.choice(kind.nouns)} No. {index + 1}"
        code = f"{kind.name[:3].upper()}-{index + 1:05d}"
        created = _FIRST_MOMENT + index * _HOUR_SECONDS
        tracking = "variant" if count > 1 else ("none" if index % 12 == 8 else "product")  # noqa: PLR2004
        made = Product(
            id=_FIRST_PRODUCT + index + 1,
            created_at=created,
            modified_at=created + chance.randrange(100 * _HOUR_SECONDS),
            values={
                "name": name,
                "sku": code,
                "weight": kind.weight,
                "categories": self._memberships(index, kind),
                "brand_id": _FIRST_BRAND + 1 + chance.randrange(len(_BRANDS)),
                "inventory_tracking": tracking,
                "custom_url": {"url": f"/{_slug(name)}/", "is_customized": False},
                **self._prices(index, kind),
                **self._texts(index, name, kind),
            },
            images=1 + index % 3,
        )
        if tracking == "product":
            made.values["inventory_level"] = self._stock()
            made.values["inventory_warning_level"] = 3
            self._keep_elsewhere(made.values)
        if index % 10 == 2:  # noqa: PLR2004 - half of the products in Summer have a place there
            made.values[ordered_in(self._categories["Summer"])] = 1 + index
        if index >= 3 and chance.random() < 0.06:  # noqa: PLR2004 - some products are hidden
            made.values["is_visible"] = False
        self._catalogue.add_product(made, self._variants(made, code, count))

    def _memberships(self, index: int, kind: _Kind) -> list[int]:
        names = [kind.name]
        if index % 5 == 2 or len(self._catalogue.products) == 0:  # noqa: PLR2004
            names.append("Summer")
        if index % 9 == 0:
            names.append("Staff Picks")
        if index % 6 == 4:  # noqa: PLR2004 - the products on sale
            names.append("Clearance")
        return sorted(self._categories[name] for name in names)

    def _prices(self, index: int, kind: _Kind) -> dict[str, int | float]:
        whole = self._chance.randint(kind.lowest, kind.highest)
        price = whole + self._chance.choice((0, 0.5, 0.9, 0.95, 0.99, 0.37))
        if index == 2:  # noqa: PLR2004 - one product is as cheap as can be
            price = 0.01
        prices = {"price": price, "cost_price": max(0.01, round(price * 0.42, 2))}
        if index % 6 == 4:  # noqa: PLR2004 - every sixth product is on sale
            prices["sale_price"] = round(price * 0.8, 2)
            prices["retail_price"] = round(price * 1.25, 2)
        return {name: plain_number(value) for name, value in prices.items()}

    def _texts(self, index: int, name: str, kind: _Kind) -> dict[str, Any]:
        texts: dict[str, Any] = {
            "description": f"<p>{name}, from our <em>{kind.name.lower()}</em>.</p>",
            "search_keywords": f"{kind.name.lower()}, {self._chance.choice(('new', 'core'))}",
        }
        if index % 4 == 0:
            texts["page_title"] = f"{name} | Buy online"
        if index % 3 == 0:
            texts["meta_description"] = f"{name}: made to last, shipped in two days."
        return texts

    def _variants(self, made: Product, code: str, count: int) -> list[Variant]:
        if count == 1:
            return [Variant(self._next_variant(), made.id, {})]
        made.options = self._options(count)
        choices = ([value.id for value in option.values] for option in made.options)
        return [
            self._with_options(made, code, position, list(chosen))
            for position, chosen in enumerate(islice(product(*choices), count))
        ]

    def _options(self, count: int) -> list[Option]:
        sizes = _SIZES[: min(count, len(_SIZES))]
        dimensions = [("Size", sizes)]
        colors = -(-count // len(sizes))
        if colors > 1:
            more = tuple(f"Blend {number}" for number in range(1, 1 + colors - len(_COLORS)))
            dimensions.insert(0, ("Color", (*_COLORS, *more)[:colors]))
        return [
            Option(
                self._next_option(),
                name,
                [OptionValue(self._next_option(), label) for label in labels],
            )
            for name, labels in dimensions
        ]

    def _with_options(self, made: Product, code: str, position: int, chosen: list[int]) -> Variant:
        values: dict[str, Any] = {
            "sku": f"{code}-{position + 1:03d}",
            "inventory_level": self._stock(),
            "inventory_warning_level": 2,
            "upc": f"{40_000_000_000 + self._chance.randrange(10**10):012d}",
        }
        price = made.value("price")
        if position % 4 == 3 and price > 1:  # noqa: PLR2004 - one of four has a price of its own
            values["price"] = plain_number(price + 2)
            if position % 8 == 7:  # noqa: PLR2004 - and some of these are on sale alone
                values["sale_price"] = plain_number(price + 1)
        self._keep_elsewhere(values)
        self._sku += 1
        return Variant(self._next_variant(), made.id, values, self._sku, chosen)

    def _price_lists(self) -> None:
        lists = ((1, "Wholesale"), (2, "Staff"))
        for number, name in lists:
            self._catalogue.price_lists[number] = PriceList(number, name, _FIRST_MOMENT)
            self._catalogue.price_records[number] = {}
        currency = self._catalogue.currency
        for variant in islice(self._catalogue.variants.values(), 0, None, 7):
            price = self._catalogue.products[variant.product_id].value("price")
            self._catalogue.price_records[1][variant.id, currency] = PriceRecord(
                1,
                variant.id,
                currency,
                _FIRST_MOMENT,
                _FIRST_MOMENT,
                {"price": plain_number(max(0.01, round(price * 0.7, 2)))},
            )

    def _stock(self) -> int:
        return self._chance.choice(_LEVELS)

    def _keep_elsewhere(self, values: dict[str, Any]) -> None:
        """Give every other item a place at the second location, and some a safety stock there."""
        self._items += 1
        if self._items % 2:
            values[located("inventory_level", 2)] = self._elsewhere.choice(_LEVELS)
        if self._items % 10 == 1:
            values[located("safety_stock", 2)] = 2

    def _next_variant(self) -> int:
        self._variant += 1
        return self._variant

    def _next_option(self) -> int:
        self._option += 1
        return self._option


def _slug(name: str) -> str:
    return "-".join("".join(c.lower() if c.isalnum() else " " for c in name).split())
