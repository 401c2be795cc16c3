"""The journal of what was not applied: field by field, whatever the request."""

import contextlib
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adobe_commerce.wanted import wanted
from tests.sandbox.adobe_commerce.shop import Shop, address, custom, product_address

SKU = "CLO 000/1"
ENCODED = "CLO%20000%2F1"
DATES = {"price_from": "2031-01-01 00:00:00", "price_to": "2031-02-01 00:00:00"}
SPECIAL = {"prices": [{"sku": SKU, "store_id": 2, "price": 4, **DATES}]}


@pytest.mark.parametrize("fault", ["throttle", "server_error", "disconnect"])
def test_a_write_that_was_not_applied_is_journaled_field_by_field(shop: Shop, fault: str) -> None:
    """The journal knows what a refused request wanted, and what was there instead."""
    before = shop.product(SKU, "all")["name"]
    shop.store.fault(fault)
    links = [{"position": 1, "category_id": "9"}]
    sent = {
        "name": "No",
        "custom_attributes": [{"attribute_code": "meta_title", "value": "No"}],
        "extension_attributes": {"category_links": links, "stock_item": {"qty": 3}},
    }
    with contextlib.suppress(httpx.RemoteProtocolError):
        shop.http.put(product_address(SKU, "all"), json={"product": sent})
    assert shop.changes(SKU) == [
        ("name@all", before, "No", False),
        ("meta_title@all", custom(shop.product(SKU, "all")).get("meta_title"), "No", False),
        ("category_links.9", None, 1, False),
        ("source_items.default.quantity", shop.changes(SKU)[3][1], 3, False),
    ]


@pytest.mark.parametrize(
    ("method", "path", "content", "fields"),
    [
        ("DELETE", f"products/{ENCODED}", None, {"record": None}),
        (
            "PUT",
            f"products/{ENCODED}",
            {"product": {"extension_attributes": {"website_ids": []}}},
            {"website_ids": []},
        ),
        (
            "POST",
            "products/base-prices",
            {"prices": [{"sku": SKU, "store_id": 0, "price": 4}]},
            {"price@all": 4},
        ),
        (
            "POST",
            "products/special-price",
            SPECIAL,
            {
                "special_price@fr": 4,
                "special_from_date@fr": DATES["price_from"],
                "special_to_date@fr": DATES["price_to"],
            },
        ),
        (
            "POST",
            "products/special-price-delete",
            SPECIAL,
            dict.fromkeys(("special_price@fr", "special_from_date@fr", "special_to_date@fr"), None),
        ),
        (
            "POST",
            "inventory/source-items",
            {"sourceItems": [{"sku": SKU, "source_code": "north", "quantity": 1, "status": 1}]},
            {"source_items.north.quantity": 1, "source_items.north.status": 1},
        ),
        (
            "POST",
            "inventory/source-items-delete",
            {"sourceItems": [{"sku": SKU, "source_code": "north"}]},
            {"source_items.north.quantity": None},
        ),
        (
            "POST",
            "categories/9/products",
            {"productLink": {"sku": SKU, "position": 3}},
            {"category_links.9": 3},
        ),
        ("DELETE", f"categories/9/products/{ENCODED}", None, {"category_links.9": None}),
    ],
)
def test_every_kind_of_write_is_journaled_where_it_fails(
    shop: Shop,
    method: str,
    path: str,
    content: object,
    fields: dict[str, Any],
) -> None:
    """Each field that the request named stands in the journal with the value that was wanted."""
    shop.store.fault("server_error", status=500)
    assert shop.send(method, address(path), content).status_code == 500
    assert {name: value for name, _, value, _ in shop.changes(SKU)} == fields
    assert not any(change[3] for change in shop.changes(SKU))


def test_a_queued_call_that_fails_is_journaled_as_well(shop: Shop) -> None:
    """The fields of a queued call that was rejected are in the journal when it is."""
    shop.store.fault("throttle", match={"kind": "bulk_item"})
    sent = {"product": {"sku": SKU, "name": "Queued", "status": 2}}
    (operation,) = shop.finished(shop.bulk("PUT", "products/bySku", [sent]))
    assert operation["status"] == 5
    assert [(change[0], change[2]) for change in shop.changes(SKU)] == [
        ("name@all", "Queued"),
        ("status@all", 2),
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    *("product", "sku", "name", "custom_attributes", "attribute_code", "value"),
                    *("extension_attributes", "category_links", "category_id", "stock_item"),
                    *("prices", "store_id", "price", "sourceItems", "source_code", "productLink"),
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(
    operation=st.sampled_from(
        (
            *("PutV1ProductsSku", "PostV1ProductsBaseprices", "PostV1InventorySourceitems"),
            *("PutV1CategoriesCategoryIdProducts", "GetV1Products"),
        )
    ),
    body=_JSON,
)
def test_whatever_was_sent_can_be_journaled(operation: str, body: object) -> None:
    """What a request wants is read without failing, however badly it is made."""
    for one in wanted(operation, 0, {"sku": "S"}, body):
        assert one.sku is None or isinstance(one.sku, str)
