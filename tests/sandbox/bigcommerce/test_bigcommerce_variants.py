"""Writing variants, which inherit from their product what they do not have."""

from tests.sandbox.bigcommerce.client import BigCommerceClient

SIMPLE, WITH_OPTIONS = 111, 112


def test_null_inherits_and_survives_an_undo(client: BigCommerceClient) -> None:
    """A variant's null price follows its product's, and null can be written again."""
    product = client.product(WITH_OPTIONS, include="variants")
    variant = next(row for row in product["variants"] if row["price"] is None)
    assert variant["calculated_price"] == product["calculated_price"]
    client.data("PUT", f"/catalog/products/{WITH_OPTIONS}", {"price": 33.33})
    assert client.variant(variant["id"])["calculated_price"] == 33.33
    client.data("PUT", "/catalog/variants", [{"id": variant["id"], "price": 50, "sale_price": 40}])
    assert client.variant(variant["id"])["calculated_price"] == 40
    undo = [{"id": variant["id"], "price": None, "sale_price": None}]
    client.data("PUT", "/catalog/variants", undo)
    again = client.variant(variant["id"])
    assert (again["price"], again["sale_price"], again["calculated_price"]) == (None, None, 33.33)


def test_variant_batch_reports_each_refused_item(client: BigCommerceClient) -> None:
    """A variant batch with wrong items saves nothing and names each of them in batch_errors."""
    items = [{"id": 362, "price": 5}, {"id": 363, "price": -5}, {"id": 9}, {"price": 5}, 7]
    response = client.send("PUT", "/catalog/variants", items)
    assert response.status_code == 422
    places = [key for error in response.json()["batch_errors"] for key in error["errors"]]
    assert places == ["1.price", "2.id", "3.id", "4.item"]
    assert client.variant(362)["price"] is None


def test_one_variant_is_read_and_written(client: BigCommerceClient) -> None:
    """A variant is reached through its own product only, and negative stock fails alone."""
    path = f"/catalog/products/{WITH_OPTIONS}/variants/362"
    saved = client.data("PUT", path, {"retail_price": 99.5, "sku": "OTHER-1"})
    assert client.data("GET", path) == saved
    assert saved["retail_price"] == 99.5
    assert client.send("GET", f"/catalog/products/{SIMPLE}/variants/362").status_code == 404
    response = client.send("PUT", path, {"inventory_level": -1, "upc": "123"})
    assert (response.status_code, response.json()["data"]["upc"]) == (207, "123")
    assert response.json()["errors"]["errors"].keys() == {"inventory_level"}
    variants = client.data("GET", f"/catalog/products/{WITH_OPTIONS}/variants")
    taken = client.send("PUT", path, {"sku": variants[1]["sku"]})
    assert (taken.status_code, taken.json()["errors"].keys()) == (409, {"sku"})


def test_simple_product_and_base_variant_have_one_sku(client: BigCommerceClient) -> None:
    """Writing the base variant's SKU writes the product's."""
    base = client.product(SIMPLE)["base_variant_id"]
    client.data("PUT", "/catalog/variants", [{"id": base, "sku": "ONE-AND-ALL"}])
    assert client.product(SIMPLE)["sku"] == client.variant(base)["sku"] == "ONE-AND-ALL"
    assert client.product(WITH_OPTIONS)["base_variant_id"] is None
