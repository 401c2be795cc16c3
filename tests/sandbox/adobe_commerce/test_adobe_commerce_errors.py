"""The shapes of the platform's errors: placeholders, lists of them, and broken services."""

import re
from typing import Any

import pytest

from tests.sandbox.adobe_commerce.shop import Shop, address, product_address

SKU = "CLO 000/1"


def _filled(error: dict[str, Any]) -> str:
    """Fill a message as a client has to, for this test alone."""
    parameters = error.get("parameters", {})
    if isinstance(parameters, list):
        parameters = {str(number): value for number, value in enumerate(parameters, start=1)}
    return re.sub(r"%(\w+)", lambda found: str(parameters[found[1]]), error["message"])


def _refusal(shop: Shop, method: str, path: str, content: object = None) -> tuple[int, Any]:
    response = shop.send(method, path, content)
    return response.status_code, response.json()


def test_numbered_placeholders_come_with_a_list(shop: Shop) -> None:
    """`%1` stands for the first parameter."""
    sent = {"product": {"sku": "x" * 99, "name": "X", "price": 1}}
    status, error = _refusal(shop, "POST", address("products"), sent)
    assert (status, error["parameters"]) == (400, [64])
    assert _filled(error) == "SKU length should be 64 characters maximum."


def test_named_placeholders_come_with_an_object(shop: Shop) -> None:
    """`%fieldName` stands for the parameter of that name."""
    status, error = _refusal(shop, "GET", address("categories/999"))
    assert (status, error["parameters"]) == (404, {"fieldName": "id", "fieldValue": 999})
    assert _filled(error) == "No such entity with id = 999"


def test_an_error_may_hold_further_errors(shop: Shop) -> None:
    """Each fault of a request is listed with its own message and parameters."""
    row = {"sku": " ", "source_code": "a b", "quantity": None, "status": 5}
    path = address("inventory/source-items")
    status, error = _refusal(shop, "POST", path, {"sourceItems": [row]})
    assert status == 400
    assert [one["parameters"]["field"] for one in error["errors"]].count("sku") >= 1
    assert all("%" not in _filled(one) for one in error["errors"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "products/NOPE", 404),
        ("GET", "nothing", 404),
        ("GET", "products", 400),
    ],
)
def test_statuses_tell_kinds_of_errors_apart(
    shop: Shop, method: str, path: str, status: int
) -> None:
    """What is not there is a 404, every other known error a 400."""
    assert _refusal(shop, method, address(path))[0] == status


def test_an_error_that_nobody_foresaw_has_a_report(shop: Shop) -> None:
    """A 500 names the report in the shop's log, and nothing else."""
    shop.store.fault("server_error", status=500)
    status, error = _refusal(shop, "PUT", product_address(SKU), {"product": {"name": "X"}})
    assert status == 500
    assert re.search(r"Report ID: webapi-[0-9a-f]+$", error["message"])
    assert [change[3] for change in shop.changes(SKU)] == [False]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_answers_without_json(shop: Shop, status: int) -> None:
    """What stands in front of the shop answers a page of HTML."""
    shop.store.fault("server_error", status=status)
    response = shop.http.get(address("modules"))
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
