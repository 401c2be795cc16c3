"""Reading: searches, pages, products, categories and what a store says of itself."""

from typing import Any

import pytest

from tests.sandbox.adobe_commerce.shop import Shop, address, criteria, custom, product_address
from tests.sandbox.adobe_commerce.swagger import EXCEPTIONS, require_descriptions

SLASH, PERCENT = "CLO 000/1", "HOM+3%"


def _skus(answer: dict[str, Any]) -> list[str]:
    return [item["sku"] for item in answer["items"]]


def test_groups_are_joined_by_and_and_filters_by_or(shop: Shop) -> None:
    """A product must meet one filter of every group."""
    everything = shop.search()
    query = criteria(("type_id", "eq", "simple"))
    for number, price in enumerate(("20", "60")):
        prefix = f"searchCriteria[filterGroups][1][filters][{number}]"
        query |= {
            f"{prefix}[field]": "price",
            f"{prefix}[condition_type]": "lt" if price == "20" else "gt",
            f"{prefix}[value]": price,
        }
    found = shop.get("products", **query)
    expected = [
        item["sku"]
        for item in everything["items"]
        if item["type_id"] == "simple" and (item["price"] < 20 or item["price"] > 60)
    ]
    assert 0 < len(expected) < everything["total_count"]
    assert _skus(found) == expected


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ("eq", "0.01", lambda price: price == 0.01),
        ("neq", "0.01", lambda price: price != 0.01),
        ("in", "0.01,0.010", lambda price: price == 0.01),
        ("gt", "50", lambda price: price > 50),
        ("gteq", "50", lambda price: price >= 50),
        ("lt", "50", lambda price: price < 50),
        ("lteq", "0.01", lambda price: price <= 0.01),
        ("like", "%.9_", lambda price: f"{price:.2f}"[-2:].startswith("9")),
        ("finset", "0.01", lambda price: price == 0.01),
    ],
)
def test_conditions_compare_as_the_database_does(
    shop: Shop,
    condition: str,
    value: str,
    holds: Any,  # noqa: ANN401
) -> None:
    """Each condition type keeps the products whose price meets it, and no others."""
    simple = shop.search(("type_id", "eq", "simple"))["items"]
    expected = [item["sku"] for item in simple if holds(item["price"])]
    assert len(expected) > 0
    found = shop.search(("type_id", "eq", "simple"), ("price", condition, value))
    assert _skus(found) == expected


def test_missing_values_meet_only_null(shop: Shop) -> None:
    """A product without a meta title is found by null, and by neither eq nor neq."""
    empty = shop.search(("meta_title", "null", ""))["total_count"]
    full = shop.search(("meta_title", "notnull", ""))["total_count"]
    other = shop.search(("meta_title", "neq", "something"))["total_count"]
    assert empty > 0
    assert full == other > 0
    assert empty + full == shop.search()["total_count"]


def test_text_is_compared_without_regard_to_case(shop: Shop) -> None:
    """The database's collation ignores case, also in SKUs and patterns."""
    assert _skus(shop.search(("sku", "eq", SLASH.lower()))) == [SLASH]
    assert _skus(shop.search(("sku", "in", f"{SLASH.lower()},{PERCENT}"))) == [SLASH, PERCENT]
    assert SLASH in _skus(shop.search(("sku", "like", "clo 000/_")))


def test_pages_are_complete_and_the_last_one_repeats(shop: Shop) -> None:
    """Pages join to the whole; one beyond the last repeats it, with the same total."""
    total = shop.search()["total_count"]
    size = 25
    pages = [
        shop.search(pageSize=str(size), currentPage=str(number))
        for number in range(1, -(-total // size) + 1)
    ]
    together = [sku for page in pages for sku in _skus(page)]
    assert len(together) == len(set(together)) == total
    beyond = shop.search(pageSize=str(size), currentPage="99")
    assert _skus(beyond) == _skus(pages[-1])
    assert beyond["total_count"] == total
    assert beyond["search_criteria"]["current_page"] == 99


def test_sort_orders_apply_in_turn(shop: Shop) -> None:
    """The first sort order decides, the second settles ties."""
    query = {
        "searchCriteria[sortOrders][0][field]": "type_id",
        "searchCriteria[sortOrders][0][direction]": "DESC",
        "searchCriteria[sortOrders][1][field]": "price",
    }
    items = shop.get("products", **query)["items"]
    keys = [(item["type_id"] != "simple", item["price"]) for item in items]
    assert keys == sorted(keys)


def test_only_named_fields_are_returned(shop: Shop) -> None:
    """`fields` reduces an answer to what it names."""
    query = criteria(pageSize="2") | {"fields": "items[sku,price],total_count"}
    answer = shop.http.get(address("products"), params=query).json()
    assert set(answer) == {"items", "total_count"}
    assert {frozenset(item) for item in answer["items"]} == {frozenset(("sku", "price"))}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        (criteria(("colour", "eq", "1")), 400),
        (criteria(("sku", "near", "1")), 400),
        (criteria(pageSize="many"), 400),
        ({"searchCriteria[sortOrders][0][field]": "colour"}, 400),
        ({"searchCriteria[filterGroups][0][filters][0][value]": "1"}, 400),
    ],
)
def test_unusable_criteria_are_refused(shop: Shop, query: dict[str, str], status: int) -> None:
    """Criteria that are missing or make no sense get a 400 with a message."""
    assert shop.send("GET", address("products"), params=query).status_code == status


@pytest.mark.parametrize("sku", [SLASH, PERCENT, "SHO-Ü 2"])
def test_skus_of_any_characters_are_found(shop: Shop, sku: str) -> None:
    """A percent-encoded SKU with slash, space, plus, percent sign or umlaut finds its product."""
    product = shop.product(sku)
    assert product["sku"] == sku
    assert shop.put_product(sku, {"name": "Renamed"})["name"] == "Renamed"


def test_prices_come_as_binary_floating_point(shop: Shop) -> None:
    """29.95 is written with seventeen significant digits, as the platform writes it."""
    shop.put_product(SLASH, {"price": 29.95}, "all")
    text = shop.send("GET", product_address(SLASH)).text
    assert '"price":29.949999999999999,' in text
    shop.put_product(SLASH, {"price": 29.5}, "all")
    assert '"price":29.5,' in shop.send("GET", product_address(SLASH)).text


def test_configurable_products_name_their_children(shop: Shop) -> None:
    """A configurable product lists its options and children, and the children are not visible."""
    parent = shop.search(("type_id", "eq", "configurable"), pageSize="1")["items"][0]
    links = parent["extension_attributes"]["configurable_product_links"]
    children = shop.get(f"configurable-products/{parent['sku']}/children".replace(" ", "%20"))
    assert [child["id"] for child in children] == links
    assert {child["visibility"] for child in children} == {1}
    assert len({child["sku"] for child in children}) == len(children) > 1


def test_summer_is_a_category_with_products(shop: Shop) -> None:
    """The tree, the list, the products of a category and a search by it agree."""
    tree = shop.get("categories")
    summer = next(item for item in tree["children_data"] if item["name"] == "Summer")
    listed = shop.get("categories/list", **criteria(("name", "eq", "Summer")))
    assert [item["id"] for item in listed["items"]] == [summer["id"]]
    links = shop.get(f"categories/{summer['id']}/products")
    found = shop.search(("category_id", "eq", str(summer["id"])))
    assert {link["sku"] for link in links} == set(_skus(found))
    assert summer["product_count"] == len(links) > 0
    assert all(str(summer["id"]) in custom(item)["category_ids"] for item in found["items"])


def test_the_shop_describes_itself(shop: Shop) -> None:
    """Views, websites, configurations, modules, sources and attributes fit the description."""
    views = shop.get("store/storeViews")
    assert [view["code"] for view in views] == ["default", "fr", "admin"]
    assert {item["code"] for item in shop.get("store/storeConfigs")} == {"default", "fr"}
    assert len(shop.get("store/storeConfigs", **{"storeCodes[]": "fr"})) == 1
    assert len(shop.get("store/websites")) == 2
    assert "Magento_Catalog" in shop.get("modules")
    assert shop.get("inventory/sources", searchCriteria="")["total_count"] == 2
    assert shop.get("inventory/sources/north")["source_code"] == "north"
    status = shop.get("products/attributes/status")
    assert [item["label"] for item in status["options"]] == ["Enabled", "Disabled"]
    assert shop.get("products/attributes/price")["scope"] == "website"
    assert shop.get("products/attributes", **criteria(("attribute_code", "eq", "name")))["items"]
    assert shop.get("products/attributes/color/options")[0] == {"label": " ", "value": ""}


@pytest.mark.parametrize(
    ("field", "condition", "value", "found"),
    [
        ("position", "gteq", "0", {"name", "price", "meta_title"}),
        ("frontend_label", "eq", "Meta Title", {"meta_title"}),
        ("is_user_defined", "eq", "1", {"color"}),
        ("scope", "eq", "website", {"price", "status"}),
        ("backend_type", "eq", "text", {"description"}),
    ],
)
def test_attributes_are_searched_by_what_they_show(
    shop: Shop, field: str, condition: str, value: str, found: set[str]
) -> None:
    """Each plain field of an attribute can be a filter, as clients that list them all use it."""
    answer = shop.get("products/attributes", **criteria((field, condition, value)))
    codes = {item["attribute_code"] for item in answer["items"]}
    assert found <= codes
    assert ("url_key" in codes) is (field == "position")


@pytest.mark.parametrize(
    "path",
    [
        "products/nothing",
        "products/attributes/nothing",
        "categories/999",
        "categories/999/products",
        "inventory/sources/nothing",
        "bulk/00000000-0000-0000-0000-000000000000/status",
        "bulk/nothing/detailed-status",
        "nothing",
        "configurable-products/nothing/children",
    ],
)
def test_what_is_not_there_is_not_found(shop: Shop, path: str) -> None:
    """Unknown identifiers and paths get a 404 with a message."""
    response = shop.send("GET", address(path))
    assert response.status_code == 404
    assert response.json()["message"]


def test_unknown_store_codes_lead_nowhere(shop: Shop) -> None:
    """A path through a store code that the shop does not have is none of the API's."""
    assert shop.http.get(address("modules", "nowhere")).status_code == 400
    assert shop.http.get("/V1/modules").status_code == 404


def test_every_exception_to_the_description_is_needed(shop: Shop) -> None:
    """Each known departure shows up in some answer; the table has no dead rows."""
    require_descriptions()
    shop.get("products", searchCriteria="")
    shop.product(SLASH)
    shop.send("GET", address("products"))
    shop.send("GET", address("products"), params=criteria(("colour", "eq", "1")))
    shop.send("POST", address("products"), {"product": {"sku": "x" * 99}})
    item = {"sku": SLASH, "source_code": "default", "quantity": 1, "status": 1}
    shop.post("inventory/source-items", {"sourceItems": [item]})
    shop.post("inventory/source-items-delete", {"sourceItems": [item]})
    shop.send("POST", address("inventory/source-items"), {"sourceItems": [{**item, "sku": ""}]})
    shop.post("products/base-prices", {"prices": [{"sku": SLASH, "store_id": 0, "price": None}]})
    uuid = shop.bulk("PUT", "products/bySku", [{"product": {"sku": SLASH}}])
    shop.get(f"bulk/{uuid}/status")
    shop.get(f"bulk/{uuid}/detailed-status")
    shop.finished(uuid)
    assert shop.used == set(EXCEPTIONS)
