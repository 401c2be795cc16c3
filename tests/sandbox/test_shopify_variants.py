"""What the writes of variants and their inventory items take, and what they refuse."""

from typing import Any

import pytest

from tests.sandbox.running import RunningStore

CREATE_PRODUCT = """
mutation {
  productCreate(
    product: {
      title: "Scarf"
      productOptions: [
        { name: "Color", values: [{ name: "Red" }, { name: "Blue" }] }
        { name: "Size", values: [{ name: "S" }] }
      ]
    }
  ) { product { id variants(first: 1) { nodes { id } } } }
}
"""
CREATE = """
mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
  written: productVariantsBulkCreate(productId: $id, variants: $variants) {
    productVariants { id title } userErrors { field message code }
  }
}
"""
UPDATE = """
mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
  written: productVariantsBulkUpdate(productId: $id, variants: $variants) {
    productVariants { id title price } userErrors { field message code }
  }
}
"""
BLUE = [{"optionName": "Color", "name": "Blue"}, {"optionName": "Size", "name": "S"}]
NO_SUCH_VALUE = "gid://shopify/ProductOptionValue/1"


def _product(store: RunningStore) -> dict[str, Any]:
    made: dict[str, Any] = store.data(CREATE_PRODUCT)["productCreate"]["product"]
    return made


def _written(store: RunningStore, query: str, product: str, *variants: Any) -> Any:  # noqa: ANN401
    return store.data(query, {"id": product, "variants": variants})["written"]


def _options(store: RunningStore, product: str) -> Any:  # noqa: ANN401
    query = "query($id: ID!) { product(id: $id) { options { optionValues { name } } } }"
    return store.data(query, {"id": product})["product"]["options"]


@pytest.mark.parametrize(
    ("entry", "field", "code"),
    [
        ({"optionValues": BLUE, "price": None}, ["price"], "INVALID_INPUT"),
        ({"optionValues": BLUE, "price": "-1"}, ["price"], "GREATER_THAN_OR_EQUAL_TO"),
        ({"optionValues": BLUE, "barcode": "9" * 300}, ["barcode"], "INVALID_INPUT"),
        (
            {"optionValues": [{"optionName": "Color", "id": NO_SUCH_VALUE}, BLUE[1]]},
            ["optionValues", "0"],
            "INVALID_INPUT",
        ),
        (
            {"optionValues": [{"optionName": "Color"}, BLUE[1]]},
            ["optionValues", "0"],
            "INVALID_INPUT",
        ),
        (
            {"optionValues": [{"optionName": "Color", "name": " "}, BLUE[1]]},
            ["optionValues", "0", "name"],
            "INVALID_INPUT",
        ),
    ],
)
def test_a_refused_creation_has_a_code_of_its_own_enumeration(
    store: RunningStore, entry: dict[str, Any], field: list[str], code: str
) -> None:
    """Every refusal can be printed, and leaves the product's options as they were."""
    product = _product(store)["id"]
    before = _options(store, product)
    payload = _written(store, CREATE, product, entry)
    assert payload["productVariants"] == []
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [
        (["variants", "0", *field], code)
    ]
    assert _options(store, product) == before


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"optionName": "Color", "id": NO_SUCH_VALUE}, "OPTION_VALUE_DOES_NOT_EXIST"),
        ({"optionName": "Color"}, "MUST_SPECIFY_ONE_OF_PAIR"),
        ({"optionName": "Color", "name": ""}, "INVALID_INPUT"),
        ({"optionName": "Color", "name": "x" * 256}, "OPTION_VALUE_NAME_TOO_LONG"),
        ({"name": "Red"}, "OPTION_DOES_NOT_EXIST"),
    ],
)
def test_an_update_chooses_only_values_that_can_be(
    store: RunningStore, value: dict[str, Any], code: str
) -> None:
    """An option value that does not exist, or has no proper name, is refused and not made up."""
    product = _product(store)
    before = _options(store, product["id"])
    variant = product["variants"]["nodes"][0]["id"]
    payload = _written(store, UPDATE, product["id"], {"id": variant, "optionValues": [value]})
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert _options(store, product["id"]) == before


def test_one_call_gives_no_two_variants_the_same_values(store: RunningStore) -> None:
    """The second variant of a call with the first one's values already exists."""
    product = _product(store)
    red = product["variants"]["nodes"][0]["id"]
    again = _written(store, CREATE, product["id"], {"optionValues": BLUE}, {"optionValues": BLUE})
    assert [error["field"] for error in again["userErrors"]] == [["variants", "1"]]
    made = _written(store, CREATE, product["id"], {"optionValues": BLUE})
    blue = made["productVariants"][0]
    assert blue["title"] == "Blue / S"
    green = [{"optionName": "Color", "name": "Green"}]
    changes = [{"id": number, "optionValues": green} for number in (red, blue["id"])]
    updated = _written(store, UPDATE, product["id"], *changes)
    assert [error["code"] for error in updated["userErrors"]] == ["VARIANT_ALREADY_EXISTS"]


@pytest.mark.parametrize(
    ("price", "stored"),
    [("-0", "0.00"), ("-0.001", None), ("1e2", "100.00"), (" 5 ", "5.00"), (5.5, "5.50")],
)
def test_prices_are_stored_as_plain_amounts(
    store: RunningStore, price: str, stored: str | None
) -> None:
    """However a price is written, it is kept to the cent, and never below zero."""
    product = _product(store)
    variant = product["variants"]["nodes"][0]["id"]
    payload = _written(store, UPDATE, product["id"], {"id": variant, "price": price})
    assert bool(payload["userErrors"]) == (stored is None)
    assert payload["productVariants"][0]["price"] == (stored or "0.00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cost", "1" * 400),
        ("cost", 10**400),
        ("cost", "\N{ARABIC-INDIC DIGIT THREE}"),
        ("measurement", {"weight": {"value": 10**400, "unit": "GRAMS"}}),
    ],
)
def test_numbers_without_measure_are_refused(
    store: RunningStore, field: str, value: object
) -> None:
    """A number that no amount or weight can have is refused, not an internal error."""
    item = store.data("{ inventoryItems(first: 1) { nodes { id } } }")["inventoryItems"]["nodes"][0]
    content = store.answer(
        "mutation($id: ID!, $input: InventoryItemInput!) {"
        " inventoryItemUpdate(id: $id, input: $input) { userErrors { field } } }",
        {"id": item["id"], "input": {field: value}},
    )
    if "errors" in content:
        assert [error["extensions"]["code"] for error in content["errors"]] == ["INVALID_VARIABLE"]
    else:
        errors = content["data"]["inventoryItemUpdate"]["userErrors"]
        assert errors == [{"field": ["input", "cost"]}]
