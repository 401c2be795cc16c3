"""A believable catalogue of any size, the same for the same seed."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.adobe_commerce.attributes import (
    COLORS,
    EVERYWHERE,
    NOT_VISIBLE,
    SIZES,
    STATUS_DISABLED,
    STATUS_ENABLED,
    decimal_text,
    moment_at,
    option_value,
)
from sandbox.adobe_commerce.catalogue import Catalogue
from sandbox.adobe_commerce.records import (
    CONFIGURABLE,
    SIMPLE,
    Category,
    Product,
    Source,
    StockLevel,
)
from sandbox.adobe_commerce.url_keys import url_key_of

_FIRST_MOMENT = 1_767_600_000  # 5 January 2026, 08:00 UTC
_HOUR_SECONDS = 3600
_MOST_CHILDREN = len(SIZES) * len(COLORS)
_CENT = Decimal("0.01")
_FRENCH = 2
_SPECIAL_TO = "2035-12-31 00:00:00"

ROOT_CATEGORY, DEFAULT_CATEGORY = 1, 2
_CATEGORIES = (
    (3, "Summer", "Été"),
    (4, "Clothing", "Vêtements"),
    (5, "Shoes", "Chaussures"),
    (6, "Accessories", "Accessoires"),
    (7, "Home", "Maison"),
    (8, "Sale", "Soldes"),
    (9, "Clearance", "Déstockage"),
)
_SUMMER, _SALE = 3, 8
_SOURCES = (Source("default", "Default Source", "Lyon"), Source("north", "North Hub", "Lille"))

_BRANDS = ("Northwind", "Bellweather", "Casa Miró", "Fjällräv", "Harbor & Pine", "Kumo 雲")
_ADJECTIVES = (
    "Everyday", "Coastal", "Classic", "Relaxed", "Lightweight", "Washed", "Striped", "Organic",
    "Vintage", "Quilted", "Ribbed", "Tailored", "Crème brûlée", "Señorita",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of product: its category, nouns, and the range of its prices in whole units."""

    category_id: int
    prefix: str
    nouns: tuple[str, ...]
    lowest: int
    highest: int


_KINDS = (
    _Kind(4, "CLO", ("Tee", "Shirt", "Dress", "Jacket", "Chino"), 15, 240),
    _Kind(5, "SHO", ("Sneaker", "Sandal", "Boot"), 45, 260),
    _Kind(6, "ACC", ("Cap", "Belt", "Scarf"), 8, 95),
    _Kind(7, "HOM", ("Candle", "Blanket", "Mug", "Café Cup"), 6, 130),
)


def generate_catalogue(catalogue: Catalogue, *, products: int, variants: int, seed: int) -> None:
    """Fill an empty catalogue.

    The category named "Summer" holds a fifth of the products a buyer sees, and "Clearance" none.
    Among the first products are SKUs with a space, a slash and letters beyond ASCII, and a price
    of 0.01. Every sixth product has a special price, every fourth a name and a meta title of its
    own in French.

    Args:
        catalogue: the catalogue to fill.
        products: how many products a buyer sees, simple and configurable; at least 1.
        variants: how many can be sold, simple ones and the configurable ones' children together;
            at least `products`.
        seed: decides everything else.
    """
    _Generator(catalogue, random.Random(seed)).fill(_children(products, variants))


def _children(products: int, variants: int) -> list[int]:
    """Share the variants out: 0 is a simple product, any other number a configurable one's."""
    spare = variants - products
    counts = [1] * products
    chosen = [index for index in range(products) if index % 3 == 1] or [0]
    others = [index for index in range(products) if index % 3 != 1 and index not in chosen]
    for group in (chosen, others):
        for place, index in enumerate(group):
            share = -(-spare // (len(group) - place))
            more = min(share, _MOST_CHILDREN - 1)
            counts[index] += more
            spare -= more
    counts[chosen[0]] += spare
    return [0 if count == 1 else count for count in counts]


class _Generator:
    """Makes products one after another, drawing every choice from one source of chance."""

    def __init__(self, catalogue: Catalogue, chance: random.Random) -> None:
        self._catalogue = catalogue
        self._chance = chance

    def fill(self, children: list[int]) -> None:
        self._places()
        for index, count in enumerate(children):
            self._product(index, count)

    def _places(self) -> None:
        created = moment_at(_FIRST_MOMENT)
        categories = self._catalogue.categories
        categories[ROOT_CATEGORY] = Category(ROOT_CATEGORY, 0, "1", 0, created, {0: "Root Catalog"})
        categories[DEFAULT_CATEGORY] = Category(
            DEFAULT_CATEGORY, ROOT_CATEGORY, "1/2", 1, created, {0: "Default Category"}
        )
        for position, (number, name, french) in enumerate(_CATEGORIES, start=1):
            categories[number] = Category(
                number,
                DEFAULT_CATEGORY,
                f"1/2/{number}",
                position,
                created,
                {0: name, _FRENCH: french},
                description=f"<p>{name}</p>",
            )
        self._catalogue.sources.update({source.code: source for source in _SOURCES})

    def _product(self, index: int, count: int) -> None:
        chance = self._chance
        kind = _KINDS[chance.randrange(len(_KINDS))]
        brand = chance.choice(_BRANDS)
        name = f"{chance.choice(_ADJECTIVES)} {chance.choice(kind.nouns)} No. {index + 1}"
        special = index % 6 == 4  # noqa: PLR2004 - every sixth product is on sale
        values: dict[str, Any] = {
            "name": name,
            "status": STATUS_ENABLED if index % 20 != 19 else STATUS_DISABLED,  # noqa: PLR2004
            "visibility": EVERYWHERE,
            "description": f"<p>{name} by {brand}.</p>",
            "short_description": f"{brand}, made to last.",
            "url_key": url_key_of(name),
            "tax_class_id": 2,
        }
        if index % 4 == 0:
            values["meta_title"] = f"{name} | {brand}"
            values["meta_description"] = f"{name}, one of the best of {brand}."
        product = self._new(self._sku(index, kind), values, index)
        self._assign(product, index, kind, special=special)
        if index % 4 == 2:  # noqa: PLR2004 - every fourth has French texts
            product.overrides[_FRENCH] = {"name": f"{name} (fr)", "meta_title": f"{name} en France"}
        price = self._price(index, kind)
        if count:
            self._catalogue.add(product)
            product.type_id = CONFIGURABLE
            product.option_codes = ["color", "size"]
            product.child_ids = [
                self._child(product, position, price, special=special) for position in range(count)
            ]
            return
        self._sell(product, price, special=special)
        if index % 7 == 6:  # noqa: PLR2004 - some have a price of their own on the website
            product.overrides[1] = {"price": decimal_text(price + 1)}
            product.overrides.setdefault(_FRENCH, {})["price"] = decimal_text(price + 1)
        self._catalogue.add(product)

    def _new(self, sku: str, values: dict[str, Any], index: int) -> Product:
        created = _FIRST_MOMENT + index * _HOUR_SECONDS
        return Product(
            id=self._catalogue.next_id(),
            sku=sku,
            type_id=SIMPLE,
            created_at=moment_at(created),
            updated_at=moment_at(created + self._chance.randrange(100 * _HOUR_SECONDS)),
            values=values,
        )

    def _sku(self, index: int, kind: _Kind) -> str:
        special = ("CLO 000/1", "SHO-Ü 2", "HOM+3%")
        return special[index] if index < len(special) else f"{kind.prefix}-{index + 1:06d}"

    def _assign(self, product: Product, index: int, kind: _Kind, *, special: bool) -> None:
        product.category_links[DEFAULT_CATEGORY] = 0
        product.category_links[kind.category_id] = index
        if index % 5 == 2:  # noqa: PLR2004 - every fifth product is for the summer
            product.category_links[_SUMMER] = index
        if special:
            product.category_links[_SALE] = index

    def _child(self, parent: Product, position: int, price: Decimal, *, special: bool) -> int:
        layer, place = divmod(position, _MOST_CHILDREN)
        color, size = COLORS[place // len(SIZES)], SIZES[place % len(SIZES)]
        ending = f"{color}-{size}-{layer + 1}" if layer else f"{color}-{size}"
        name = f"{parent.values['name']}-{ending}"
        values = {
            "name": name,
            "status": STATUS_ENABLED,
            "visibility": NOT_VISIBLE,
            "url_key": url_key_of(name),
            "tax_class_id": 2,
            "color": option_value("color", color),
            "size": option_value("size", size),
        }
        child = self._new(f"{parent.sku}-{ending}", values, parent.id)
        self._sell(child, price + (2 if position % 7 == 6 else 0), special=special)  # noqa: PLR2004
        self._catalogue.add(child)
        return child.id

    def _sell(self, product: Product, price: Decimal, *, special: bool) -> None:
        """Give a simple product its prices, weight and stock."""
        product.values["price"] = decimal_text(price)
        product.values["weight"] = "0.5"
        product.values["cost"] = decimal_text(max(_CENT, (price * 42 / 100).quantize(_CENT)))
        if special:
            product.values["special_price"] = decimal_text(
                max(_CENT, (price * 80 / 100).quantize(_CENT))
            )
            product.values["special_from_date"] = moment_at(_FIRST_MOMENT)
            product.values["special_to_date"] = _SPECIAL_TO
        for source in _SOURCES:
            units = self._chance.choice((0, 2, 5, 8, 12, 20, 40, 75))
            product.stock[source.code] = StockLevel(decimal_text(Decimal(units)), int(units > 0))

    def _price(self, index: int, kind: _Kind) -> Decimal:
        if index == 2:  # noqa: PLR2004 - one product is as cheap as can be
            return _CENT
        whole = self._chance.randint(kind.lowest, kind.highest)
        return Decimal(whole) + Decimal(self._chance.choice(("0", "0.5", "0.9", "0.95", "0.99")))
