"""Vendors: the attribute that names a product's maker."""

from dataclasses import dataclass

from connectors.stores.adobe_commerce.product_answers import (
    ATTRIBUTE,
    AttributeAnswer,
    StoredProduct,
)
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import Filter, Group

CODES = ("manufacturer", "brand")
"""The attributes that may name a maker; the first that a store has counts."""


@dataclass(frozen=True, slots=True)
class VendorAttribute:
    """The attribute of a store that names the maker, and the values it may have."""

    code: str
    answer: AttributeAnswer

    @property
    def _is_text(self) -> bool:
        return self.answer.frontend_input not in {"select", "multiselect"}

    def condition(self, vendor: str) -> Group | None:
        """Return the condition for a vendor, or None where the store has none of this name."""
        if self._is_text:
            return (Filter(self.code, vendor),)
        wanted = vendor.casefold()
        condition = "finset" if self.answer.frontend_input == "multiselect" else "eq"
        options = [
            option.value
            for option in self.answer.options
            if option.value and option.label.strip().casefold() == wanted
        ]
        return tuple(Filter(self.code, value, condition) for value in options) or None

    def vendor_of(self, product: StoredProduct) -> str:
        """Return the maker of a product; of several, all; empty where none is named."""
        value = product.attribute(self.code) or ""
        if self._is_text:
            return value.strip()
        labels = {option.value: option.label.strip() for option in self.answer.options}
        return ", ".join(labels[each] for each in value.split(",") if labels.get(each))


async def vendor_attribute(api: RestApi) -> VendorAttribute | None:
    """Return the attribute that names makers, or None where the store has none."""
    for code in CODES:
        answer = await api.find(f"products/attributes/{code}", ATTRIBUTE)
        if answer is not None:
            return VendorAttribute(code, answer)
    return None
