"""A shop's products as the items of a property, as the shop's pages would tell it about them."""

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox.ga4.fields import HUNDREDTHS
from sandbox.ga4.traffic import Item, drawn_popularity
from sandbox.store import Store


def items_of(shop: Store, seed: int) -> tuple[Item, ...]:
    """Return the products that a Shopify store has on sale, by their numbers."""
    return tuple(_items(shop.catalogue()["products"], seed))


def _items(products: Mapping[str, Mapping[str, Any]], seed: int) -> Iterator[Item]:
    chance = random.Random(f"{seed}/items")
    for identifier, product in products.items():
        if product["status"] == "ACTIVE":
            yield Item(
                id=identifier.rpartition("/")[2],
                name=product["title"],
                brand=product["vendor"],
                category=product["productType"],
                price=int(Decimal(next(iter(product["variants"].values()))["price"]) * HUNDREDTHS),
                popularity=drawn_popularity(chance),
            )
