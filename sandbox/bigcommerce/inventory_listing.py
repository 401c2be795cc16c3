"""Reading stock: the locations, and what every item has at each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.bigcommerce.answers import PROBLEM, Answer, refusal
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext
from sandbox.bigcommerce.filters import Document, Filter, flags, numbers, words
from sandbox.bigcommerce.locations import DEFAULT_LOCATION, Location
from sandbox.bigcommerce.queries import Collection, listed, numbers_in
from sandbox.bigcommerce.records import Variant
from sandbox.bigcommerce.variants import candidates

_MOST_LISTED = 1000
_OPENED = "2026-01-05T08:00:00Z"


def get_locations(context: RequestContext, call: Call) -> Answer:
    """List the locations."""
    return _LOCATIONS.answer(
        call,
        list(context.catalogue.locations.values()),
        _location_document,
        lambda document: {
            name: value for name, value in document.items() if name not in _FILTERED_BY
        },
    )


def get_items(context: RequestContext, call: Call) -> Answer:
    """List the stock of every variant at the locations that the query chooses."""
    catalogue = context.catalogue
    chosen = _chosen_locations(catalogue, call)
    variants = candidates(catalogue, call, variants="variant_id:in")
    if len(chosen) < len(catalogue.locations):
        variants = [one for one in variants if _held_at(catalogue, one, chosen)]
    return _ITEMS.answer(
        call,
        variants,
        lambda variant: {
            **_identity(catalogue, variant),
            "locations": _held_at(catalogue, variant, chosen),
        },
        lambda document: {name: document[name] for name in ("identity", "locations")},
    )


def get_location_items(context: RequestContext, call: Call) -> Answer:
    """List the stock of every variant that was ever at one location."""
    catalogue = context.catalogue
    location = catalogue.locations.get(call.number("location_id"))
    if location is None:
        title = f"There is no location with an id of {call.path['location_id']}"
        raise refusal(404, title, None, PROBLEM)
    variants = candidates(catalogue, call, variants="variant_id:in")
    return _ITEMS.answer(
        call,
        [one for one in variants if _held_at(catalogue, one, [location])],
        lambda variant: {
            **_identity(catalogue, variant),
            **_held_at(catalogue, variant, [location])[0],
        },
        lambda document: {
            "identity": {
                name: document["identity"][name] for name in ("sku", "variant_id", "product_id")
            },
            **{name: document[name] for name in _AMOUNTS},
        },
    )


def _chosen_locations(catalogue: Catalogue, call: Call) -> list[Location]:
    wanted = numbers_in(call, "location_id:in")
    codes = {code.casefold() for code in listed(call, "location_code:in")}
    return [
        location
        for location in catalogue.locations.values()
        if (wanted is None or location.id in wanted)
        and (not codes or location.code.casefold() in codes)
    ]


def _identity(catalogue: Catalogue, variant: Variant) -> Document:
    product = catalogue.products[variant.product_id]
    sku = (product if catalogue.is_base(variant) else variant).value("sku")
    return {
        "identity": {
            "sku": sku,
            "variant_id": variant.id,
            "product_id": product.id,
            "sku_id": variant.sku_id,
        },
        # What the filters look at; the answer leaves it out.
        "sku": sku,
        "variant_id": variant.id,
        "product_id": product.id,
    }


def _held_at(
    catalogue: Catalogue, variant: Variant, locations: Sequence[Location]
) -> list[Document]:
    item = catalogue.stock.item_of(variant)
    return [
        _held(catalogue, variant, item, location)
        for location in locations
        if catalogue.stock.seen_on_hand(item, location.id) is not None
    ]


def _held(catalogue: Catalogue, variant: Variant, item: str, location: Location) -> Document:
    stock = catalogue.stock
    product = catalogue.products[variant.product_id]
    holder = product if catalogue.is_base(variant) else variant
    available = stock.seen_available(item, location.id)
    default = location.id == DEFAULT_LOCATION
    return {
        "location_id": location.id,
        "location_code": location.code,
        "location_name": location.label,
        "available_to_sell": available,
        "total_inventory_onhand": stock.seen_on_hand(item, location.id),
        "location_enabled": location.enabled,
        "settings": {
            "safety_stock": stock.safety(item, location.id),
            "is_in_stock": available > 0 or product.value("inventory_tracking") == "none",
            "warning_level": (holder.value("inventory_warning_level") or 0) if default else 0,
            "bin_picking_number": (holder.value("bin_picking_number") or "") if default else "",
        },
    }


def _location_document(location: Location) -> dict[str, Any]:
    return {
        "id": location.id,
        "code": location.code,
        "label": location.label,
        "description": "",
        "managed_by_external_source": False,
        "type_id": "PHYSICAL",
        "enabled": location.enabled,
        "time_zone": "Etc/UTC",
        "created_at": _OPENED,
        "updated_at": _OPENED,
        "address": {
            "address1": "1 Harbor Street",
            "address2": "",
            "city": location.city,
            "state": "Maine",
            "zip": "04101",
            "email": "stock@shop.example",
            "phone": "",
            "geo_coordinates": {"latitude": 43.66, "longitude": -70.26},
            "country_code": "US",
        },
        "storefront_visibility": True,
        "special_hours": [],
        # What the filters look at; the answer leaves it out.
        "location_id": location.id,
        "location_code": location.code,
        "is_active": location.enabled,
        "is_default": location.id == DEFAULT_LOCATION,
    }


_AMOUNTS = ("available_to_sell", "total_inventory_onhand", "settings")
_FILTERED_BY = frozenset({"location_id", "location_code", "is_active", "is_default"})


def _lists(filters: Mapping[str, Filter]) -> dict[str, Filter]:
    return {name: one for name, one in filters.items() if name.endswith(":in")}


_ITEMS = Collection(
    _lists({**words("sku", "in"), **numbers("variant_id", "in"), **numbers("product_id", "in")}),
    most=_MOST_LISTED,
)
_LOCATIONS = replace(
    _ITEMS,
    filters={
        **_lists(
            {
                **numbers("location_id", "in"),
                **words("location_code", "in"),
                **words("type_id", "in"),
            }
        ),
        **flags("is_default"),
        **flags("is_active"),
        **flags("managed_by_external_source"),
        **flags("storefront_visibility"),
    },
)
