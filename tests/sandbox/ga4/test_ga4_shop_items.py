"""A property whose items are the products of a shop beside it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.configuration import ConfigurationError, parse_configuration
from tests.sandbox.running import running_sandbox

SHOP = {"name": "shop", "products": 30, "variants": 60}
PROPERTY = {"name": "numbers", "platform": "ga4", "items_of": "shop"}


def test_items_are_the_shop_s_products_on_sale(tmp_path: Path) -> None:
    """By number, title, vendor and price; what is not on sale has no page to be seen on."""
    with running_sandbox(tmp_path, [SHOP, PROPERTY]) as addresses:
        shop, counted = (
            httpx.get(f"{address}/_sandbox/catalogue", trust_env=False).json()
            for address in addresses
        )
    on_sale: dict[str, Any] = {
        identifier.rpartition("/")[2]: product
        for identifier, product in shop["products"].items()
        if product["status"] == "ACTIVE"
    }
    assert on_sale
    assert counted["items"].keys() == on_sale.keys()
    for number, item in counted["items"].items():
        product = on_sale[number]
        first = next(iter(product["variants"].values()))
        assert (item["name"], item["brand"]) == (product["title"], product["vendor"])
        assert item["price"] == round(float(first["price"]) * 100)


@pytest.mark.parametrize("stores", [[PROPERTY, SHOP], [PROPERTY | {"items_of": "other"}]])
def test_a_shop_that_does_not_stand_before_is_told(stores: list[dict[str, Any]]) -> None:
    """Instead of a property without items."""
    with pytest.raises(ConfigurationError, match="'numbers': items_of must name a Shopify store"):
        parse_configuration({"data_directory": "unused", "stores": stores})
