"""The shapes in which price lists and their records are answered, as far as they are read."""

from typing import Any

from pydantic import Field

from connectors.stores.bigcommerce.answers import Amount, AnswerPart, Page


class PriceListNode(AnswerPart):
    """A price list."""

    id: int
    name: str


class PriceListPage(Page):
    """Price lists."""

    data: list[PriceListNode]


class PriceRecord(AnswerPart):
    """What a price list says about one variant, in one currency; what is not set is left out."""

    variant_id: int
    currency: str
    price: Amount | None = None
    sale_price: Amount | None = None
    retail_price: Amount | None = None
    map_price: Amount | None = None
    bulk_pricing_tiers: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def holds_more(self) -> bool:
        """Whether it says more than the prices that Steward changes."""
        others = (self.retail_price, self.map_price)
        return bool(self.bulk_pricing_tiers) or any(price is not None for price in others)


class PriceRecordPage(Page):
    """Records of a price list."""

    data: list[PriceRecord]
