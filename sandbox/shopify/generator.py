"""A believable catalogue of any size, the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, product

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Location,
    Option,
    OptionValue,
    Product,
    Variant,
)

_FIRST_MOMENT = 1_767_600_000  # 5 January 2026, 08:00 UTC
_HOUR_SECONDS = 3600
_FIRST_NUMBER = 8_100_000_000_000
_SUMMER_VARIANTS = 5
_LARGE_PRODUCT_VARIANTS = 112
_CENT = Decimal("0.01")
# Currencies without minor units, in which prices are whole and look a hundred times as high.
_WHOLE_CURRENCIES = {"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"}

_SIZES = ("XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "One Size", "Junior")
_COLORS = (
    "Black", "White", "Sand", "Navy", "Olive", "Coral", "Sky", "Rust", "Moss", "Plum",
    "Slate", "Lemon", "Rose", "Teal", "Cream", "Ochre", "Mint", "Ruby", "Smoke", "Indigo",
)  # fmt: skip
_MATERIALS = (
    "Cotton", "Linen", "Wool", "Hemp", "Silk", "Bamboo", "Denim", "Canvas", "Fleece", "Leather",
)  # fmt: skip
_VENDORS = (
    "Northwind", "Bellweather", "Casa Miró", "Fjällräv", "Harbor & Pine", "Kumo 雲",
    "Oak Street", "Sol y Mar", "Tidewater", "Ünder Dach",
)  # fmt: skip
_ADJECTIVES = (
    "Everyday", "Coastal", "Classic", "Relaxed", "Lightweight", "Heavyweight", "Washed", "Striped",
    "Organic", "Vintage", "Quilted", "Ribbed", "Tailored", "Oversized", "Crème brûlée", "Señorita",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of product: its nouns and the range of its prices in whole units."""

    name: str
    nouns: tuple[str, ...]
    lowest: int
    highest: int
    weight_kilograms: float


_KINDS = (
    _Kind("Shirts", ("Tee", "Shirt", "Polo", "Blouse"), 15, 80, 0.2),
    _Kind("Dresses", ("Dress", "Jumpsuit", "Skirt"), 35, 180, 0.4),
    _Kind("Trousers", ("Chino", "Jeans", "Shorts"), 30, 140, 0.5),
    _Kind("Outerwear", ("Jacket", "Parka", "Vest"), 80, 420, 1.1),
    _Kind("Shoes", ("Sneaker", "Sandal", "Boot"), 45, 260, 0.9),
    _Kind("Accessories", ("Cap", "Belt", "Scarf", "Sunglasses"), 8, 95, 0.1),
    _Kind("Bags", ("Tote", "Backpack", "Pouch"), 20, 220, 0.6),
    _Kind("Home", ("Candle", "Blanket", "Mug", "Café Cup"), 6, 130, 0.7),
)


def generate_catalogue(catalogue: Catalogue, *, products: int, variants: int, seed: int) -> None:
    """Fill an empty catalogue.

    Among the products are one with a single variant, one with more than a hundred (where the
    number of variants allows it), one that costs 0.01, and titles beyond ASCII. The collection
    with the handle `summer` holds a fifth of the products.

    Args:
        catalogue: the catalogue to fill.
        products: how many products; at least 1.
        variants: how many variants all products have together; at least `products`.
        seed: decides everything else.
    """
    _Generator(catalogue, random.Random(seed)).fill(_variant_counts(products, variants))


def _in_summer(index: int) -> bool:
    return index % 5 == 2  # noqa: PLR2004 - every fifth product, the first three being special


def _variant_counts(products: int, variants: int) -> list[int]:
    """Share the variants out: special products first, then summer's, then the others."""
    counts = [1] * products
    spare = variants - products
    large = min(_LARGE_PRODUCT_VARIANTS - 1, spare) if products > 1 else spare
    if products > 1 and spare - large < products:
        large = 0
    if large:
        position = 1 if products > 1 else 0
        counts[position] += large
        spare -= large
    for index in range(products):
        if _in_summer(index) and spare >= _SUMMER_VARIANTS - 1:
            counts[index] += _SUMMER_VARIANTS - 1
            spare -= _SUMMER_VARIANTS - 1
    others = [index for index in range(3, products) if not _in_summer(index)] or [products - 1]
    while spare > 0:
        for index in others:
            if spare <= 0:
                break
            more = min(spare, 1 + index % 3)
            counts[index] += more
            spare -= more
    return counts


class _Generator:
    """Makes products one after another, drawing every choice from one source of chance."""

    def __init__(self, catalogue: Catalogue, chance: random.Random) -> None:
        self._catalogue = catalogue
        self._chance = chance
        self._smallest = Decimal(1) if catalogue.currency in _WHOLE_CURRENCIES else _CENT
        self._next_number = _FIRST_NUMBER
        self._locations: list[Location] = []
        self._handles: set[str] = set()

    def fill(self, counts: list[int]) -> None:
        for name, city in (("Main Warehouse", "Lyon"), ("Old Town Shop", "Nantes")):
            location = Location(self._number(), name, _FIRST_MOMENT, _FIRST_MOMENT, city=city)
            self._locations.append(location)
            self._catalogue.add_location(location)
        summer: list[int] = []
        for index, count in enumerate(counts):
            made = self._product(index, count)
            if _in_summer(index) or len(counts) <= 2:  # noqa: PLR2004 - tiny stores have it too
                summer.append(made.id)
        self._collections(summer)

    def _number(self) -> int:
        self._next_number += 32768
        return self._next_number

    def _product(self, index: int, count: int) -> Product:
        chance = self._chance
        kind = _KINDS[(index * 5 + chance.randrange(2)) % len(_KINDS)]
        vendor = _VENDORS[chance.randrange(len(_VENDORS))]
        title = f"{chance.choice(_ADJECTIVES)} {chance.choice(kind.nouns)} No. {index + 1}"
        created = _FIRST_MOMENT + index * _HOUR_SECONDS
        status = "ACTIVE" if index < 3 or _in_summer(index) else self._status()  # noqa: PLR2004
        made = Product(
            id=self._number(),
            title=title,
            handle=self._handle(title),
            created_at=created,
            updated_at=created + chance.randrange(100 * _HOUR_SECONDS),
            description_html=f"<p>{title} by {vendor}, from our {kind.name.lower()}.</p>",
            vendor=vendor,
            product_type=kind.name,
            tags=self._tags(index, kind),
            status=status,
            published_at=created if status == "ACTIVE" else None,
            seo_title=f"{title} | {vendor}" if index % 4 == 0 else None,
        )
        combinations = self._options(made, count)
        price = self._price(index, kind)
        reduced = index % 6 == 4  # noqa: PLR2004 - every sixth product is on sale
        pairs = [
            self._variant(made, position, values, price, kind, reduced=reduced)
            for position, values in enumerate(combinations)
        ]
        self._catalogue.add_product(made, pairs)
        return made

    def _status(self) -> str:
        return self._chance.choices(("ACTIVE", "DRAFT", "ARCHIVED"), (92, 5, 3))[0]

    def _handle(self, title: str) -> str:
        words = "".join(char.lower() if char.isalnum() else " " for char in title).split()
        handle = "-".join(words)
        self._handles.add(handle)
        return handle

    def _tags(self, index: int, kind: _Kind) -> list[str]:
        tags = {kind.name.lower(), self._chance.choice(("new", "core", "bestseller", "basics"))}
        if _in_summer(index):
            tags.add("summer")
        if self._chance.random() < 0.15:  # noqa: PLR2004 - some stock is being cleared
            tags.add("clearance")
        if self._chance.random() < 0.2:  # noqa: PLR2004 - some products are made with care
            tags.add("organic cotton")
        return sorted(tags, key=str.lower)

    def _price(self, index: int, kind: _Kind) -> Decimal:
        if index == 2:  # noqa: PLR2004 - one product is as cheap as can be
            return self._smallest
        whole = self._chance.randint(kind.lowest, kind.highest)
        ending = self._chance.choice(("0.00", "0.50", "0.90", "0.95", "0.99", "0.37", "0.01"))
        return (Decimal(whole) + Decimal(ending)) * self._smallest / _CENT

    def _options(self, made: Product, count: int) -> list[list[int]]:
        """Give a product its options and return the value identifiers of each variant."""
        if count == 1:
            made.options = [self._option("Title", ("Default Title",))]
            return [[made.options[0].values[0].id]]
        sizes = _SIZES[: min(count, 6)] if count <= 6 * len(_COLORS) else _SIZES
        wanted = -(-count // len(sizes))
        dimensions: list[tuple[str, tuple[str, ...]]] = [("Size", sizes)]
        if wanted > 1:
            dimensions.insert(0, ("Color", _COLORS[: min(wanted, len(_COLORS))]))
        if wanted > len(_COLORS):
            layers = -(-wanted // len(_COLORS))
            materials = _MATERIALS + tuple(
                f"Blend {number}" for number in range(1, 1 + max(0, layers - len(_MATERIALS)))
            )
            dimensions.insert(0, ("Material", materials[:layers]))
        made.options = [self._option(name, values) for name, values in dimensions]
        ids = [[value.id for value in option.values] for option in made.options]
        return [list(values) for values in islice(product(*ids), count)]

    def _option(self, name: str, values: tuple[str, ...]) -> Option:
        return Option(self._number(), name, [OptionValue(self._number(), item) for item in values])

    def _variant(
        self,
        made: Product,
        position: int,
        values: list[int],
        price: Decimal,
        kind: _Kind,
        *,
        reduced: bool,
    ) -> tuple[Variant, InventoryItem]:
        chance = self._chance
        own = price + (Decimal(2) if position % 7 == 6 and price > 1 else 0)  # noqa: PLR2004
        variant = Variant(
            id=self._number(),
            product_id=made.id,
            inventory_item_id=self._number(),
            created_at=made.created_at,
            updated_at=made.updated_at,
            price=own,
            compare_at_price=(own * Decimal("1.25")).quantize(self._smallest) if reduced else None,
            barcode=f"40{chance.randrange(10**11):011d}",
            inventory_policy="CONTINUE" if chance.random() < 0.1 else "DENY",  # noqa: PLR2004
            option_values=values,
        )
        item = InventoryItem(
            id=variant.inventory_item_id,
            variant_id=variant.id,
            created_at=made.created_at,
            updated_at=made.updated_at,
            sku=f"{kind.name[:3].upper()}-{made.id // 32768 % 1_000_000:06d}-{position + 1:03d}",
            cost=max(self._smallest, (own * Decimal("0.42")).quantize(self._smallest)),
            weight_value=kind.weight_kilograms,
            levels=dict(self._levels(variant)),
        )
        return variant, item

    def _levels(self, variant: Variant) -> Iterator[tuple[int, InventoryLevel]]:
        for location in self._locations:
            units = self._chance.choice((0, 2, 5, 8, 12, 20, 40, 75))
            level = InventoryLevel(
                id=self._number(),
                inventory_item_id=variant.inventory_item_id,
                location_id=location.id,
                created_at=variant.created_at,
                updated_at=variant.updated_at,
                quantities={"available": units, "on_hand": units},
            )
            yield location.id, level

    def _collections(self, summer: list[int]) -> None:
        self._collection("Home page", "frontpage", product_ids=summer[:4])
        self._collection("Summer", "summer", product_ids=summer, sort_order="MANUAL")
        everything = list(self._catalogue.products)
        self._collection("Staff Picks", "staff-picks", product_ids=everything[::9])
        rules = (
            ("Clearance", "clearance", "TAG", "EQUALS", "clearance"),
            ("Shoes", "shoes", "TYPE", "EQUALS", "Shoes"),
            ("Northwind", "northwind", "VENDOR", "EQUALS", "Northwind"),
            ("Under 20", "under-20", "VARIANT_PRICE", "LESS_THAN", "20"),
        )
        for title, handle, column, relation, condition in rules:
            rule = {"column": column, "relation": relation, "condition": condition}
            self._collection(
                title, handle, rule_set={"appliedDisjunctively": False, "rules": [rule]}
            )

    def _collection(self, title: str, handle: str, **rest: object) -> None:
        number = self._number()
        made = Collection(number, title, handle, _FIRST_MOMENT)
        for name, value in rest.items():
            setattr(made, name, value)
        made.description_html = f"<p>{title}</p>"
        self._catalogue.add_collection(made)
