"""The price endpoints: 200 whatever happens, valid rows applied, the others listed."""

import datetime as dt
from typing import Any

import pytest

from tests.sandbox.adobe_commerce.shop import Shop, address, custom

SKU, OTHER = "CLO 000/1", "HOM+3%"
FROM, TO = "2031-01-01 00:00:00", "2031-02-01 00:00:00"


def _base(shop: Shop, *rows: dict[str, Any]) -> Any:  # noqa: ANN401
    return shop.post("products/base-prices", {"prices": list(rows)})


def _special(shop: Shop, *rows: dict[str, Any]) -> Any:  # noqa: ANN401
    return shop.post("products/special-price", {"prices": list(rows)})


def _read(shop: Shop, sku: str, path: str = "special-price-information") -> Any:  # noqa: ANN401
    return shop.post(f"products/{path}", {"skus": [sku]})


def _row(sku: str = SKU, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"sku": sku, "store_id": 0, "price": 9.95, "price_from": FROM, "price_to": TO, **fields}


def test_valid_rows_are_applied_although_others_fail(shop: Shop) -> None:
    """Each failure has a message and parameters; an empty list means that all is well."""
    configurable = shop.search(("type_id", "eq", "configurable"))["items"][0]["sku"]
    answer = _base(
        shop,
        {"sku": SKU, "store_id": 0, "price": 29.95},
        {"sku": "NOPE", "store_id": 0, "price": 1},
        {"sku": configurable, "store_id": 0, "price": 1},
        {"sku": OTHER, "store_id": 0, "price": -1},
        {"sku": OTHER, "store_id": 9, "price": 1},
        {"sku": "SHO-Ü 2-Black-XS", "store_id": 0, "price": 31},
    )
    assert shop.product("SHO-Ü 2-Black-XS", "all")["price"] == 31
    assert [item["parameters"] for item in answer] == [
        ["SKU", "NOPE"],
        ["SKU", configurable],
        ["Price", "-1"],
        [OTHER, "9"],
    ]
    assert answer[0]["message"] == "Invalid attribute %fieldName = %fieldValue."
    assert f"SKU = {OTHER}, Store ID: 9" in answer[3]["message"]
    assert shop.product(SKU, "all")["price"] == 29.95
    assert [change[3] for change in shop.changes(OTHER)] == [False, False]
    assert _base(shop, {"sku": SKU, "store_id": 0, "price": 30}) == []


def test_a_base_price_of_a_view_is_a_row_of_its_own(shop: Shop) -> None:
    """The information has a row for each scope with a value, none for those that inherit."""
    assert [row["store_id"] for row in _read(shop, SKU, "base-prices-information")] == [0]
    _base(shop, {"sku": SKU, "store_id": 1, "price": 5})
    rows = _read(shop, SKU, "base-prices-information")
    assert {row["store_id"]: row["price"] for row in rows if row["store_id"]} == {1: 5, 2: 5}


def test_wrong_types_refuse_the_whole_request(shop: Shop) -> None:
    """What is no number, or no list, is a 400, and no row is applied."""
    good = {"sku": SKU, "store_id": 0, "price": 1}
    wrong: list[object] = [[good, {**good, "price": "cheap"}], [good, {"sku": SKU}], [good, 5]]
    for rows in (*wrong, {}, "x"):
        response = shop.send("POST", address("products/base-prices"), {"prices": rows})
        assert response.status_code == 400
    assert shop.send("POST", address("products/base-prices"), {}).status_code == 400
    assert not any(change[3] for change in shop.changes(SKU))


def test_a_scheduled_special_price_shows_when_it_begins(shop: Shop) -> None:
    """It is in the information at once, and in the product only from its start on."""
    assert _special(shop, _row()) == []
    information = _read(shop, SKU)
    assert information == [_row(price=9.949999999999999)]
    assert "special_price" not in custom(shop.product(SKU, "all"))
    edit = {"resource_id": SKU, "field": "special_from_date@all", "value": "2026-01-01 00:00:00"}
    shop.store.control("POST", "edit", edit)
    assert custom(shop.product(SKU, "all"))["special_price"] == "9.950000"


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"price_from": None}, "Price From"),
        ({"price_to": None}, "Price To"),
        ({"price_from": "2020-01-01 00:00:00"}, "Price From"),
        ({"price_from": "2031-01-01"}, "Price From"),
        ({"price_to": "tomorrow"}, "Price To"),
        ({"price_to": FROM}, "Price To"),
    ],
)
def test_special_prices_need_dates_in_the_future(
    shop: Shop, fields: dict[str, Any], label: str
) -> None:
    """Both dates are needed, in full, and the first lies in the future."""
    answer = _special(shop, _row(**fields), _row(OTHER))
    assert [item["parameters"][0] for item in answer] == [label]
    assert _read(shop, SKU) == []
    assert len(_read(shop, OTHER)) == 1


def test_a_start_just_ahead_is_accepted(shop: Shop) -> None:
    """A minute from now is in the future."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    assert _special(shop, _row(price_from=soon.strftime("%Y-%m-%d %H:%M:%S"))) == []


def test_schedules_of_two_scopes_may_not_overlap(shop: Shop) -> None:
    """A scheduled price for another scope needs the same range, or one apart from it."""
    assert _special(shop, _row()) == []
    clash = _special(shop, _row(store_id=1, price_from="2031-01-05 00:00:00"))
    assert "already exists" in clash[0]["message"]
    assert _special(shop, _row(store_id=1)) == []


def test_deleting_a_special_price_restores_inheritance(shop: Shop) -> None:
    """The scope loses its price and dates; the global ones stay."""
    _special(shop, _row())
    _special(shop, _row(store_id=1, price=3))
    assert len(_read(shop, SKU)) == 3
    delete = {"prices": [_row(store_id=1, price=3)]}
    assert shop.post("products/special-price-delete", delete) == []
    assert [row["store_id"] for row in _read(shop, SKU)] == [0]
    fields = {change[0] for change in shop.changes(SKU) if change[2] is None}
    assert "special_to_date@fr" in fields
    assert len(shop.post("products/special-price-delete", {"prices": [_row("NOPE")]})) == 1


def test_seeded_special_prices_show(shop: Shop) -> None:
    """The generated catalogue has products on sale."""
    found = shop.search(("special_price", "notnull", ""), ("type_id", "eq", "simple"))["items"]
    assert found
    rows = _read(shop, found[0]["sku"])
    assert float(custom(found[0])["special_price"]) == rows[0]["price"]


def test_a_row_may_be_left_out_behind_an_answer_of_200(shop: Shop) -> None:
    """The fault fails the row of one SKU, which the answer tells, and applies the other."""
    before = shop.product(SKU, "all")["price"]
    shop.store.fault("partly_saved", match={"resource_id": SKU})
    rows = [{"sku": sku, "store_id": 0, "price": 41} for sku in (SKU, "HOM+3%")]
    (failure,) = shop.post("products/base-prices", {"prices": rows})
    assert failure["parameters"] == [SKU, "0"]
    assert shop.product(SKU, "all")["price"] == before
    assert shop.product("HOM+3%", "all")["price"] == 41
