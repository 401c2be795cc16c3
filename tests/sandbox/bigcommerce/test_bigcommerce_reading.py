"""Reading the catalogue: pages, filters, order, fields and sub-resources."""

from typing import Any

import pytest

from tests.sandbox.bigcommerce.client import BigCommerceClient

SIMPLE, WITH_OPTIONS = 111, 112
SUMMER = 23


def test_products_page_completely(client: BigCommerceClient) -> None:
    """Walking the pages yields every product once, in order, and says how many there are."""
    seen: list[int] = []
    for number in (1, 2, 3, 4):
        response = client.send("GET", "/catalog/products", page=number, limit=60)
        pagination = response.json()["meta"]["pagination"]
        assert (pagination["total"], pagination["total_pages"]) == (200, 4)
        assert ("next" in pagination["links"]) is (number < 4)
        seen += [product["id"] for product in response.json()["data"]]
    assert seen == list(range(111, 311))
    assert client.data("GET", "/catalog/products", page=5, limit=60) == []


def test_default_catalogue_is_as_large_as_it_says(client: BigCommerceClient) -> None:
    """200 products have 1,000 variants, some simple, a few with a price of their own."""
    rows = [
        row
        for number in range(1, 5)
        for row in client.data("GET", "/catalog/variants", page=number, limit=250)
    ]
    own = [row for row in rows if row["price"] is not None]
    assert len({row["id"] for row in rows}) == len(rows) == 1000
    assert 0 < len(own) < 300
    assert sum(not row["option_values"] for row in rows) == 50
    assert all(row["calculated_price"] > 0 for row in rows)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"id__in": "111,112,999"}, 2),
        ({"id__not_in": "111,112"}, 198),
        ({"categories__in": SUMMER}, 41),
        ({"categories__in": "23,25"}, 5),
        ({"categories": SUMMER}, 0),
        ({"price": "0.01"}, 1),
        ({"is_visible": "true", "id__max": 113}, 3),
        ({"keyword": "NO. 200"}, 1),
        ({"keyword": "kumo", "id__in": "1"}, 0),
        ({"inventory_level__min": 1_000_000}, 0),
        ({"date_modified__min": "2001-01-01"}, 200),
        ({"date_modified__max": "2001-01-01"}, 0),
        ({"unknown": "filter"}, 200),
    ],
)
def test_filters_choose(client: BigCommerceClient, query: dict[str, Any], count: int) -> None:
    """Each filter chooses as documented, and an unknown one is ignored."""
    response = client.send("GET", "/catalog/products", **query)
    assert response.json()["meta"]["pagination"]["total"] == count


def test_skus_are_found_where_they_belong(client: BigCommerceClient) -> None:
    """A product is found by its own SKU, a variant by its SKU, and lists of them work."""
    first, second = client.product(SIMPLE), client.product(WITH_OPTIONS)
    both = f"{first['sku']},{second['sku']}"
    assert len(client.data("GET", "/catalog/products", sku__in=both)) == 2
    assert len(client.data("GET", "/catalog/products", sku=first["sku"].lower())) == 1
    variants = client.data("GET", "/catalog/variants", product_id__in=WITH_OPTIONS)
    skus = [variant["sku"] for variant in variants]
    assert client.data("GET", "/catalog/products", sku=skus[0]) == []
    assert len(client.data("GET", "/catalog/variants", sku__in=",".join(skus))) == len(skus)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 251},
        {"limit": 0},
        {"page": "x"},
        {"id__in": "1,a"},
        {"price": "nan"},
        {"sort": "colour"},
        {"direction": "up", "sort": "id"},
        {"include": "secrets"},
        {"include_fields": "colour"},
        {"date_modified__min": "yesterday"},
    ],
)
def test_unreadable_parameters_are_refused(
    client: BigCommerceClient, query: dict[str, Any]
) -> None:
    """A parameter that cannot be read is refused by name, never guessed."""
    response = client.send("GET", "/catalog/products", **query)
    assert response.status_code == 422
    assert response.json()["errors"].keys() <= {name.replace("__", ":") for name in query}


def test_fields_and_sub_resources_are_chosen(client: BigCommerceClient) -> None:
    """Only the fields asked for come, always with the identifier and what is included."""
    (product,) = client.data(
        "GET",
        "/catalog/products",
        id=WITH_OPTIONS,
        include="variants,images,options",
        include_fields="name,price",
    )
    assert product.keys() == {"id", "name", "price", "variants", "images", "options"}
    assert all(variant["option_values"] for variant in product["variants"])
    assert "description" not in client.product(SIMPLE, exclude_fields="description")
    page = client.send("GET", "/catalog/products", include="options", limit=50).json()
    assert page["meta"]["pagination"]["per_page"] == 10


def test_order_is_as_asked(client: BigCommerceClient) -> None:
    """Products come by price, the dearest first, where the query says so."""
    rows = client.data("GET", "/catalog/products", sort="price", direction="desc", limit=250)
    prices = [row["price"] for row in rows]
    assert prices == sorted(prices, reverse=True)
    assert len(prices) == 200


def test_categories_and_brands_are_listed(client: BigCommerceClient) -> None:
    """The category Summer is found by name in both collections, and every brand has a name."""
    (summer,) = client.data("GET", "/catalog/categories", name="summer")
    assert summer["id"] == client.data("GET", f"/catalog/categories/{SUMMER}")["id"] == SUMMER
    (found,) = client.data("GET", "/catalog/trees/categories", name__like="umm")
    assert found["category_id"] == SUMMER
    assert all(brand["name"] for brand in client.data("GET", "/catalog/brands"))
    assert client.send("GET", "/catalog/categories/1").status_code == 404


def test_store_tells_its_currency(client: BigCommerceClient) -> None:
    """The older API names the store and its currency."""
    content = client.raw("GET", "/v2/store").json()
    assert (content["name"], content["currency"]) == ("Demo", "USD")
