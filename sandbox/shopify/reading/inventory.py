"""Reads of inventory items, levels, quantities and locations."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.connections import Connection, SortKey, paginate
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.identifiers import gid, identifier_number, level_gid
from sandbox.shopify.listing import page_of_levels
from sandbox.shopify.reading.common import count
from sandbox.shopify.reading.products import money
from sandbox.shopify.records import InventoryItem, InventoryLevel, Location, Variant
from sandbox.shopify.scalars import print_moment

Resolver = Callable[..., Any]
_BY_ID = SortKey(lambda item: item.id)


def _variant(item: InventoryItem, info: Info) -> Variant:
    return context_of(info).catalogue.variants[item.variant_id]


def _duplicates(item: InventoryItem, info: Info) -> int:
    if not item.sku:
        return 0
    items = context_of(info).catalogue.inventory_items.values()
    return sum(1 for other in items if other.sku == item.sku and other.id != item.id)


def _item_levels(item: InventoryItem, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    return page_of_levels(info, list(item.levels.values()), arguments)


def _location_levels(location: Location, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    levels = [
        item.levels[location.id]
        for item in context_of(info).catalogue.inventory_items.values()
        if location.id in item.levels
    ]
    return page_of_levels(info, levels, arguments)


def _quantities(level: InventoryLevel, _: Info, names: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{gid('InventoryQuantity', level.id)}?inventory_item_id="
            f"{level.inventory_item_id}&name={name}",
            "name": name,
            "quantity": level.quantities.get(name, 0),
            "updatedAt": print_moment(level.changed_at.get(name)),
        }
        for name in names
    ]


def _level_at(
    item: InventoryItem,
    _: Info,
    locationId: str,  # noqa: N803
    **__: object,
) -> InventoryLevel | None:
    return item.levels.get(identifier_number(locationId, "Location") or 0)


def _level_for(
    location: Location,
    info: Info,
    inventoryItemId: str,  # noqa: N803
    **__: object,
) -> InventoryLevel | None:
    number = identifier_number(inventoryItemId, "InventoryItem") or 0
    item = context_of(info).catalogue.inventory_items.get(number)
    return None if item is None else item.levels.get(location.id)


INVENTORY_ITEM: Mapping[str, Resolver] = {
    "countryCodeOfOrigin": lambda item, _: item.country_code_of_origin,
    "createdAt": lambda item, _: print_moment(item.created_at),
    "duplicateSkuCount": _duplicates,
    "harmonizedSystemCode": lambda item, _: item.harmonized_system_code,
    "id": lambda item, _: gid("InventoryItem", item.id),
    "inventoryHistoryUrl": lambda item, info: (
        f"https://{context_of(info).shop.domain}/admin/products/inventory/{item.id}"
    ),
    "inventoryLevel": _level_at,
    "inventoryLevels": _item_levels,
    "legacyResourceId": lambda item, _: str(item.id),
    "locationsCount": lambda item, _: count(len(item.levels)),
    "measurement": lambda item, _: {
        "id": gid("InventoryItemMeasurement", item.id),
        "weight": {"unit": item.weight_unit, "value": item.weight_value},
    },
    "provinceCodeOfOrigin": lambda item, _: item.province_code_of_origin,
    "requiresShipping": lambda item, _: item.requires_shipping,
    "sku": lambda item, _: item.sku,
    "tracked": lambda item, _: item.tracked,
    "trackedEditable": lambda *_: {"locked": False, "reason": None},
    "unitCost": lambda item, info: None if item.cost is None else money(info, item.cost),
    "updatedAt": lambda item, _: print_moment(item.updated_at),
    "variant": _variant,
    "variants": lambda item, info, **arguments: paginate([_variant(item, info)], arguments, _BY_ID),
}

INVENTORY_LEVEL: Mapping[str, Resolver] = {
    "canDeactivate": lambda *_: True,
    "createdAt": lambda level, _: print_moment(level.created_at),
    "deactivationAlert": lambda *_: None,
    "id": lambda level, _: level_gid(level.id, level.inventory_item_id),
    "isActive": lambda level, _: level.active,
    "item": lambda level, info: context_of(info).catalogue.inventory_items[level.inventory_item_id],
    "location": lambda level, info: context_of(info).catalogue.locations[level.location_id],
    "quantities": _quantities,
    "updatedAt": lambda level, _: print_moment(level.updated_at),
}

LOCATION: Mapping[str, Resolver] = {
    "activatable": lambda location, _: not location.active,
    "address": lambda location, _: {
        "city": location.city,
        "countryCode": location.country_code,
        "formatted": [location.city, location.country_code],
    },
    "addressVerified": lambda *_: False,
    "createdAt": lambda location, _: print_moment(location.created_at),
    "deactivatable": lambda location, _: location.active,
    "deactivatedAt": lambda *_: None,
    "deletable": lambda *_: False,
    "fulfillsOnlineOrders": lambda *_: True,
    "hasActiveInventory": lambda location, info: any(
        location.id in item.levels for item in context_of(info).catalogue.inventory_items.values()
    ),
    "hasUnfulfilledOrders": lambda *_: False,
    "id": lambda location, _: gid("Location", location.id),
    "inventoryLevel": _level_for,
    "inventoryLevels": _location_levels,
    "isActive": lambda location, _: location.active,
    "isFulfillmentService": lambda *_: False,
    "isPrimary": lambda location, info: location.id == min(context_of(info).catalogue.locations),
    "legacyResourceId": lambda location, _: str(location.id),
    "name": lambda location, _: location.name,
    "shipsInventory": lambda *_: True,
    "updatedAt": lambda location, _: print_moment(location.updated_at),
}
