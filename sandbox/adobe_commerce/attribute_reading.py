"""What the API says of the attributes that products have."""

from collections.abc import Callable
from typing import Any

from sandbox.adobe_commerce.attributes import ATTRIBUTES, Attribute
from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.problems import ApiError
from sandbox.adobe_commerce.search_criteria import parse_criteria
from sandbox.adobe_commerce.searching import results, search


def get_attribute(call: Call) -> dict[str, Any]:
    """Answer `GET products/attributes/{attributeCode}`."""
    return _attribute(_attribute_of(call))


def get_options(call: Call) -> list[dict[str, Any]]:
    """Answer `GET products/attributes/{attributeCode}/options`."""
    return _options(_attribute_of(call))


def _attribute_of(call: Call) -> Attribute:
    code = call.path["attributeCode"]
    attribute = ATTRIBUTES.get(code)
    if attribute is None:
        raise ApiError(
            404,
            'The attribute with a "%1" attributeCode doesn\'t exist. '
            "Verify the attribute and try again.",
            [code],
        )
    return attribute


def list_attributes(call: Call, maximum_page_size: int | None) -> dict[str, Any]:
    """Answer `GET products/attributes`."""
    criteria = parse_criteria(call.query, maximum_page_size)
    found, total = search(ATTRIBUTES.values(), criteria, _reader)
    return results([_attribute(item) for item in found], criteria, total)


def _reader(field: str) -> Callable[[Attribute], Any] | None:
    """Return what reads a field that attributes can be searched by: each plain one they show."""
    shown = _SEARCHED_AS.get(field, field)
    if not isinstance(_attribute(ATTRIBUTES["name"]).get(shown), str | int):
        return None
    return lambda attribute: _plain(_attribute(attribute)[shown])


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return int(value) if isinstance(value, bool) else value


def _options(attribute: Attribute) -> list[dict[str, Any]]:
    if not attribute.options:
        return []
    shown = [{"label": label, "value": str(value)} for value, label in attribute.options]
    return [{"label": " ", "value": ""}, *shown] if attribute.user_defined else shown


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {
        "is_wysiwyg_enabled": attribute.code == "description",
        "is_html_allowed_on_front": attribute.code == "description",
        "used_for_sort_by": attribute.code in ("name", "price"),
        "is_filterable": attribute.input in ("select", "price"),
        "is_filterable_in_search": False,
        "is_used_in_grid": True,
        "is_visible_in_grid": False,
        "is_filterable_in_grid": True,
        "position": 0,
        "apply_to": [],
        "is_searchable": "1",
        "is_visible_in_advanced_search": "0",
        "is_comparable": "0",
        "is_used_for_promo_rules": "0",
        "is_visible_on_front": "0",
        "used_in_product_listing": "1",
        "is_visible": True,
        "scope": attribute.reach.value,
        "attribute_id": attribute.id,
        "attribute_code": attribute.code,
        "frontend_input": attribute.input,
        "entity_type_id": "4",
        "is_required": attribute.required,
        "options": _options(attribute),
        "is_user_defined": attribute.user_defined,
        "default_frontend_label": attribute.label,
        "frontend_labels": [],
        "backend_type": attribute.kind.value,
        "default_value": "",
        "is_unique": "0",
        "validation_rules": [],
    }


_SEARCHED_AS = {"frontend_label": "default_frontend_label"}
