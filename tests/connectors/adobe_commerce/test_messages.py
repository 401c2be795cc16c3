"""The platform's messages: placeholders by number, by name, and by name from a list."""

import pytest

from connectors.stores.adobe_commerce.messages import filled, quoted

Parameters = list[object] | dict[str, object] | None


@pytest.mark.parametrize(
    ("message", "parameters", "expected"),
    [
        ("No %1 of %2", ["a", 7], "No a of 7"),
        ("No %fieldName = %fieldValue", {"fieldName": "sku", "fieldValue": "X%1"}, "No sku = X%1"),
        ("No %fieldName = %fieldValue", ["sku", "X"], "No sku = X"),
        ("%a, %b, %a", ["1"], "1, %b, 1"),
        ("%1 and %3", ["a"], "a and %3"),
        ("Nothing: %1", None, "Nothing: %1"),
        ("Nothing: %1", [], "Nothing: %1"),
        ("Empty: '%1'", [None], "Empty: ''"),
        ("100% of %name", {"name": "it"}, "100% of it"),
    ],
)
def test_placeholders_take_their_parameters(
    message: str, parameters: Parameters, expected: str
) -> None:
    """What has no parameter stays, and a value is never filled in turn."""
    assert filled(message, parameters) == expected


def test_a_quote_is_one_line_and_not_too_long() -> None:
    """It ends without the platform's full stop."""
    assert quoted("a\n  b.") == "a b"
    assert len(quoted("x" * 1000)) < 320
