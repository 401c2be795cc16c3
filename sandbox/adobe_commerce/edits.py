"""How the catalogue keeps a value that somebody else set through the control route."""

from typing import Any

from sandbox.adobe_commerce.attributes import ATTRIBUTES, decimal_text, integer, parse_value
from sandbox.adobe_commerce.catalogue import CHILD_IDS, RECORD, WEBSITE_IDS
from sandbox.adobe_commerce.problems import invalid_value
from sandbox.adobe_commerce.product_content import quantity


def kept(field: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value as the catalogue keeps it; the field must be one that it has.

    Raises:
        ApiError: the field cannot hold the value.
    """
    if value is None and field not in (WEBSITE_IDS, CHILD_IDS):
        return None
    if field == RECORD:
        raise invalid_value(field, "anything but null")
    if field in (WEBSITE_IDS, CHILD_IDS):
        if not isinstance(value, list):
            raise invalid_value(field, value)
        return [integer(field, item) for item in value]
    if field.startswith("category_links."):
        return integer("position", value)
    if field.startswith("source_items."):
        if field.endswith(".quantity"):
            return decimal_text(quantity("quantity", value))
        status = integer("status", value)
        if status not in (0, 1):
            raise invalid_value("status", value)
        return status
    return parse_value(ATTRIBUTES[field.partition("@")[0]], value)
