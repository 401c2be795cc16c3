"""Which categories a product is in: three ways to write it, which do three different things."""

from tests.sandbox.adobe_commerce.shop import Shop, address, custom

SKU = "CLO 000/1"


def _links(shop: Shop) -> dict[str, int]:
    links: dict[str, int] = shop.store.control("GET", "catalogue")["products"][SKU][
        "category_links"
    ]
    return links


def _put(shop: Shop, links: list[tuple[int, str]] | None, ids: list[str] | None = None) -> None:
    sent: dict[str, object] = {}
    if links is not None:
        rows = [{"position": place, "category_id": number} for place, number in links]
        sent["extension_attributes"] = {"category_links": rows}
    if ids is not None:
        sent["custom_attributes"] = [{"attribute_code": "category_ids", "value": ids}]
    shop.put_product(SKU, sent)


def test_category_links_join_those_that_the_product_has(shop: Shop) -> None:
    """The trap of the API: sent links are added, or moved; the others stay."""
    before = _links(shop)
    assert "9" not in before
    _put(shop, [(4, "9")])
    assert _links(shop) == {**before, "9": 4}
    _put(shop, [(7, "9")])
    assert _links(shop) == {**before, "9": 7}


def test_only_an_empty_list_of_links_takes_a_product_out(shop: Shop) -> None:
    """No links at all, sent as such, are none; links that are not sent change nothing."""
    before = _links(shop)
    shop.put_product(SKU, {"name": "Other", "extension_attributes": {"website_ids": [1]}})
    assert _links(shop) == before
    _put(shop, [])
    assert _links(shop) == {}


def test_category_ids_are_the_whole_list(shop: Shop) -> None:
    """The custom attribute replaces the categories, and keeps the position in those that stay."""
    before = _links(shop)
    kept = next(number for number in before if number != "2")
    _put(shop, None, [kept, "9"])
    assert _links(shop) == {kept: before[kept], "9": 0}
    assert custom(shop.product(SKU))["category_ids"] == sorted([kept, "9"])


def test_links_join_the_categories_that_are_sent_with_them(shop: Shop) -> None:
    """Sent together, the attribute names the list and the links join it."""
    _put(shop, [(5, "8")], ["9"])
    assert _links(shop) == {"8": 5, "9": 0}


def test_category_membership_is_added_and_taken_away(shop: Shop) -> None:
    """The endpoints of a category touch one membership only."""
    before = custom(shop.product(SKU))["category_ids"]
    link = {"productLink": {"sku": SKU, "position": 4, "category_id": "8"}}
    assert shop.post("categories/8/products", link) is True
    assert sorted([*before, "8"]) == custom(shop.product(SKU))["category_ids"]
    path = address("categories/8/products/CLO%20000%2F1")
    assert shop.send("DELETE", path).json() is True
    assert shop.send("DELETE", path).status_code == 400
    assert custom(shop.product(SKU))["category_ids"] == before
    assert shop.send("POST", address("categories/99/products"), link).status_code == 404
