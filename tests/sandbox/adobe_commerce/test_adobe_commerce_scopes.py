"""Values by scope: what a write through each store code reaches, and what is inherited."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.adobe_commerce.shop import Shop, address, custom, product_address, running_shop

SKU = "CLO 000/1"


def _rows(shop: Shop, sku: str = SKU) -> dict[int, float]:
    answer = shop.post("products/base-prices-information", {"skus": [sku]})
    return {row["store_id"]: row["price"] for row in answer}


def test_no_store_code_writes_the_default_view_only(shop: Shop) -> None:
    """The trap of the API: without a code the default view changes, and nothing else."""
    name = shop.product(SKU)["name"]
    shop.put_product(SKU, {"name": "Default only"})
    assert shop.product(SKU)["name"] == "Default only"
    assert shop.product(SKU, "default")["name"] == "Default only"
    assert shop.product(SKU, "fr")["name"] == name
    assert shop.product(SKU, "all")["name"] == name
    assert shop.changes(SKU) == [("name@default", None, "Default only", True)]


def test_all_writes_the_global_value_that_views_inherit(shop: Shop) -> None:
    """A global write reaches each view without a value of its own, and no other."""
    shop.put_product(SKU, {"name": "En français"}, "fr")
    shop.put_product(SKU, {"name": "Everywhere"}, "all")
    assert shop.product(SKU, "default")["name"] == "Everywhere"
    assert shop.product(SKU, "fr")["name"] == "En français"


@pytest.mark.parametrize("value", [None, ""])
def test_null_hands_a_value_back(shop: Shop, value: str | None) -> None:
    """An emptied value of a view is inherited again: an undo restores the inheritance."""
    shop.put_product(SKU, {"name": "Own"}, "fr")
    shop.put_product(SKU, {"name": value}, "fr")
    assert shop.product(SKU, "fr")["name"] == shop.product(SKU, "all")["name"]
    assert shop.changes(SKU)[-1] == ("name@fr", "Own", None, True)
    assert "fr" not in shop.store.control("GET", "catalogue")["products"][SKU]["values"]
    shop.put_product(SKU, {"name": "Later"}, "all")
    assert shop.product(SKU, "fr")["name"] == "Later"


def test_required_values_cannot_be_emptied_globally(shop: Shop) -> None:
    """A product keeps its global name and price."""
    for field in ("name", "price"):
        response = shop.send("PUT", product_address(SKU, "all"), {"product": {field: None}})
        assert response.status_code == 400
    assert [change[3] for change in shop.changes(SKU)] == [False, False]


def test_custom_attributes_have_scopes_too(shop: Shop) -> None:
    """A meta title of a view replaces the global one there only."""
    title = {"custom_attributes": [{"attribute_code": "meta_title", "value": "Titre"}]}
    shop.put_product(SKU, title, "fr")
    assert custom(shop.product(SKU, "fr"))["meta_title"] == "Titre"
    assert custom(shop.product(SKU, "default")).get("meta_title") != "Titre"


def test_website_values_reach_all_views_of_the_website(shop: Shop) -> None:
    """A price set through one view holds in the other one of its website, not globally."""
    before = _rows(shop)
    shop.put_product(SKU, {"price": 12.5}, "fr")
    assert _rows(shop) == {**before, 1: 12.5, 2: 12.5}
    assert shop.product(SKU, "all")["price"] == before[0]
    assert [change[0] for change in shop.changes(SKU)] == ["price@default", "price@fr"]


def test_a_shop_with_global_prices_has_one_price(tmp_path: Path) -> None:
    """Where prices are global, a price written through a view is everyone's."""
    with running_shop(tmp_path, price_scope="global") as shop:
        shop.put_product(SKU, {"price": 12.5}, "fr")
        assert _rows(shop) == {0: 12.5}
        row = {"sku": SKU, "store_id": 2, "price": 13}
        assert shop.post("products/base-prices", {"prices": [row]}) == []
        assert _rows(shop) == {0: 13}
        dates = {"price_from": "2031-01-01 00:00:00", "price_to": "2031-02-01 00:00:00"}
        failures = shop.post("products/special-price", {"prices": [{**row, **dates}]})
        assert "price scope is global" in failures[0]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "products?searchCriteria=",
        "products/CLO%20000%2F1",
        "categories",
        "categories/3/products",
        "inventory/source-items?searchCriteria=",
        "store/storeViews",
    ],
)
def test_all_is_an_error_for_reads(shop: Shop, path: str) -> None:
    """The code that writes everywhere reads nowhere, and the refusal says so."""
    response = shop.send("GET", address(path, "all"))
    assert response.status_code == 400
    assert "store code 'all'" in response.json()["message"]


def test_the_value_that_views_inherit_is_read_by_the_store_id_0(shop: Shop) -> None:
    """`storeId` replaces the scope of the path; 0 is what every view inherits from."""
    shop.put_product(SKU, {"name": "View"})
    shop.put_product(SKU, {"name": "Everywhere"}, "all")
    path = product_address(SKU).removeprefix("/rest/V1/")
    names = [shop.get(path, storeId=number)["name"] for number in ("0", "1", "2")]
    assert names == ["Everywhere", "View", "Everywhere"]
    assert shop.get(path, "fr", storeId="1")["name"] == "View"
    assert shop.send("GET", product_address(SKU), params={"storeId": "9"}).status_code == 404


def test_inherited_prices_are_told_apart_exactly(shop: Shop) -> None:
    """Each scope with a price of its own has a row, even an equal one; others have none."""
    own = _rows(shop)[0]
    assert set(_rows(shop)) == {0}
    shop.put_product(SKU, {"price": own}, "default")
    assert _rows(shop) == {0: own, 1: own, 2: own}
    shop.put_product(SKU, {"price": None}, "default")
    assert _rows(shop) == {0: own}


def test_an_equal_text_is_the_views_own_although_no_read_shows_it(shop: Shop) -> None:
    """Sending a view what it inherits ends the inheritance; only a later global write tells."""
    name = shop.product(SKU, "all")["name"]
    before = shop.product(SKU, "fr")
    shop.put_product(SKU, {"name": name}, "fr")
    after = shop.product(SKU, "fr")
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}
    assert shop.store.control("GET", "catalogue")["products"][SKU]["values"]["fr"] == {"name": name}
    shop.put_product(SKU, {"name": "Everywhere"}, "all")
    assert shop.product(SKU, "fr")["name"] == name


def test_unsent_values_stay_inherited(shop: Shop) -> None:
    """A write of one field does not copy the others into the view."""
    shop.put_product(SKU, {"name": "Own"}, "fr")
    values = shop.store.control("GET", "catalogue")["products"][SKU]["values"]
    assert values["fr"] == {"name": "Own"}


def test_unknown_attributes_are_dropped_without_a_word(shop: Shop) -> None:
    """The platform answers 200; only the journal says that nothing was written."""
    sent = {"custom_attributes": [{"attribute_code": "colour_of_sky", "value": "blue"}]}
    assert "colour_of_sky" not in custom(shop.put_product(SKU, sent))
    assert shop.changes(SKU) == [("colour_of_sky@unknown", None, "blue", False)]


_SCOPES = {"all": (0,), "default": (1,), "fr": (2,)}
_WRITES = st.lists(
    st.tuples(
        st.sampled_from(("meta_title", "price", "weight", "visibility")),
        st.sampled_from(tuple(_SCOPES)),
        st.sampled_from((None, 1, 2, 3)),
    ),
    min_size=1,
    max_size=8,
)


def _modelled(writes: list[tuple[str, str, int | None]]) -> dict[tuple[str, int], int]:
    """Return the values that each scope holds after writes, by rules stated once more."""
    held: dict[tuple[str, int], int] = {("price", 0): 5}
    for code, store, value in writes:
        scopes: tuple[int, ...] = _SCOPES[store]
        if code == "price" and store != "all":
            scopes = (1, 2)
        if code == "weight":
            scopes = (0,)
        if code == "price" and store == "all" and value is None:
            continue
        for scope in scopes:
            held.pop((code, scope), None)
            if value is not None:
                held[code, scope] = value
    return held


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(writes=_WRITES)
def test_resolved_values_follow_the_inheritance(
    shop: Shop, writes: list[tuple[str, str, int | None]]
) -> None:
    """Whatever is written where, each view sees its own value, or else the global one."""
    sku = "MODEL"
    shop.send("DELETE", product_address(sku))
    created = {"sku": sku, "name": "Model", "price": 5, "visibility": 4}
    shop.post("products", {"product": created}, "all")
    for code, store, value in writes:
        if code == "meta_title":
            sent: dict[str, Any] = {
                "custom_attributes": [{"attribute_code": code, "value": value and str(value)}]
            }
        else:
            sent = {code: value}
        shop.send("PUT", product_address(sku, store), {"product": sent})
    held = {("visibility", 0): 4} | _modelled(writes)
    if ("visibility", "all", None) in writes:
        last = [value for code, store, value in writes if (code, store) == ("visibility", "all")]
        if last[-1] is None:
            held.pop(("visibility", 0))
    for store, (scope,) in _SCOPES.items():
        seen = shop.product(sku, store)
        for code in ("price", "weight", "visibility"):
            default = 4 if code == "visibility" else None
            expected = held.get((code, scope), held.get((code, 0), default))
            assert seen.get(code) == expected, (code, store)
        title = held.get(("meta_title", scope), held.get(("meta_title", 0)))
        assert custom(seen).get("meta_title") == (None if title is None else str(title))
