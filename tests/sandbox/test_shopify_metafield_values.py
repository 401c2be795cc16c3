"""Which values each type of metafield takes, and how they are stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.shopify.writing.metafield_values import Known, ValueProblem, stored_value

KNOWN = Known({"EUR", "USD"}, lambda identifier: identifier == "gid://shopify/Product/1")
KINDS = (
    "boolean", "color", "date", "date_time", "dimension", "json", "link", "money",
    "multi_line_text_field", "number_decimal", "number_integer", "product_reference", "rating",
    "single_line_text_field", "unheard_of", "url", "volume", "weight",
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("boolean", " TRUE ", "true"),
        ("boolean", "0", "false"),
        ("number_integer", "5.00", "5"),
        ("number_decimal", "1.1234567891", "1.123456789"),
        ("number_decimal", "1.50", "1.50"),
        ("date_time", "2026-06-25T10:11:12.123+05:30", "2026-06-25T10:11:12+05:30"),
        ("date_time", "2026-06-25T10:11:12", "2026-06-25T10:11:12+00:00"),
        ("product_reference", "gid://shopify/Product/1", "gid://shopify/Product/1"),
        ("money", '{"amount": "1", "currency_code": "EUR"}', None),
        ("list.number_integer", "[1, 2]", None),
        ("rating", '{"value": "5.0", "scale_min": "1.0", "scale_max": "5.0"}', None),
        ("weight", '{"value": 0, "unit": "kg"}', None),
    ],
)
def test_values_are_stored_in_one_form(kind: str, value: str, stored: str | None) -> None:
    """What means the same is stored the same; a value that is fine stays as it is."""
    assert stored_value(kind, value, KNOWN) == (value if stored is None else stored)


@pytest.mark.parametrize(
    ("kind", "value", "element"),
    [
        ("boolean", "yes", None),
        ("color", "blue", None),
        ("date", "2026/06/21", None),
        ("json", "{nope", None),
        ("list.boolean", '["true", "maybe"]', 1),
        ("list.product_reference", '["gid://shopify/Product/2"]', None),
        ("list.single_line_text_field", json.dumps(["x"] * 129), None),
        ("money", '{"amount": "1", "currency_code": "XXX"}', None),
        ("number_decimal", "NaN", None),
        ("number_integer", "+5", None),
        ("single_line_text_field", "a\nb", None),
        ("url", "ftp://example.com", None),
        ("weight", '{"value": -1, "unit": "kg"}', None),
    ],
)
def test_other_values_are_refused(kind: str, value: str, element: int | None) -> None:
    """A value that a type does not take is refused, with its place in a list."""
    with pytest.raises(ValueProblem) as raised:
        stored_value(kind, value, KNOWN)
    assert raised.value.element == element


@given(
    kind=st.sampled_from(KINDS),
    listed=st.booleans(),
    value=st.text(max_size=30)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["amount", "currency_code", "value", "unit", "scale_max", "url"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=6,
    ).map(json.dumps),
)
def test_a_stored_value_is_stored_as_it_is(kind: str, value: str, *, listed: bool) -> None:
    """Whatever is given is refused as such, or stored in a form that is stored the same again."""
    name = f"list.{kind}" if listed else kind
    try:
        stored = stored_value(name, value, KNOWN)
    except ValueProblem:
        return
    assert stored_value(name, stored, KNOWN) == stored
