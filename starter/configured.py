"""The configured stores, as commands name them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from steward.errors import InvalidInput, UnknownProperty, UnknownStore

if TYPE_CHECKING:
    from starter.services import Services

REMEDY_NO_STORES = "Configure one in steward.toml, or start the sandbox stores with `steward up`."


REMEDY_NO_PROPERTIES = (
    "Configure one in steward.toml under [analytics.NAME], or start the sandbox with `steward up`."
)


def known_store(services: Services, name: str | None) -> str:
    """Return the store's name; raises `InvalidInput` or `UnknownStore` with the known names."""
    entries = services.stores()
    known = f"Known stores: {', '.join(entries)}." if entries else REMEDY_NO_STORES
    if name is None:
        raise InvalidInput("No store is named.", remedy=f"Add --store NAME. {known}")
    if name not in entries:
        near = difflib.get_close_matches(name, entries, n=1)
        if not entries:
            raise UnknownStore(
                f"Store '{name}' is unknown: none is configured, and no development stack runs.",
                remedy=REMEDY_NO_STORES,
            )
        raise UnknownStore(
            f"No store is configured under the name '{name}'.",
            remedy=f"Did you mean '{near[0]}'? {known}" if near else known,
        )
    return name


def known_property(services: Services, name: str) -> str:
    """Return the analytics property's name; raises `UnknownProperty` with the known names."""
    entries = services.analytics_properties()
    if name in entries:
        return name
    near = difflib.get_close_matches(name, entries, n=1)
    known = f"Known properties: {', '.join(entries)}." if entries else REMEDY_NO_PROPERTIES
    raise UnknownProperty(
        f"No analytics property is configured under the name '{name}'.",
        remedy=f"Did you mean '{near[0]}'? {known}" if near else known,
    )
