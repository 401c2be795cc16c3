"""The shapes in which the Inventory API answers, as far as they are read."""

from typing import Annotated

from pydantic import Field

from connectors.stores.bigcommerce.answers import AnswerPart, Page
from steward.values import QUANTITY_LIMIT

_Units = Annotated[int, Field(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)]


class _Identity(AnswerPart):
    variant_id: int
    product_id: int
    sku_id: int | None = None


class _Settings(AnswerPart):
    safety_stock: Annotated[int, Field(ge=0, le=QUANTITY_LIMIT)] = 0


class HeldAt(AnswerPart):
    """What an item has at one location."""

    location_id: int
    location_name: str | None = None
    total_inventory_onhand: _Units
    location_enabled: bool = True
    settings: _Settings = _Settings()


class InventoryItem(AnswerPart):
    """A variant, at all locations that were asked for and ever had it."""

    identity: _Identity
    locations: list[HeldAt]


class InventoryPage(Page):
    """Stock of variants."""

    data: list[InventoryItem]


class Transaction(AnswerPart):
    """Answers an adjustment that was accepted, and that takes effect a little later."""

    transaction_id: str
