"""Families of fields: what is read and written by the same calls of the platform."""

from collections.abc import Mapping
from enum import StrEnum

from connectors.stores.bigcommerce.capabilities import CAPABILITIES
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, ResourceKind, Target
from steward.errors import UnsupportedOperation


class Family(StrEnum):
    """What the fields of a family belong to."""

    PRODUCT = "product"
    VARIANT = "variant"
    CATEGORY = "category"
    STOCK = "stock"
    PRICE_LIST = "price_list"


_OF_PRODUCTS = PRICE_FIELDS | {
    FieldName.TITLE,
    FieldName.DESCRIPTION,
    FieldName.SEO_TITLE,
    FieldName.SEO_DESCRIPTION,
    FieldName.STATUS,
}
_FAMILIES: Mapping[tuple[ResourceKind, FieldName], Family] = {
    **{(ResourceKind.PRODUCT, field): Family.PRODUCT for field in _OF_PRODUCTS},
    **{(ResourceKind.VARIANT, field): Family.VARIANT for field in PRICE_FIELDS},
    (ResourceKind.PRODUCT, FieldName.CATEGORY): Family.CATEGORY,
    (ResourceKind.PRODUCT, FieldName.INVENTORY_QUANTITY): Family.STOCK,
    (ResourceKind.VARIANT, FieldName.INVENTORY_QUANTITY): Family.STOCK,
}


def family_of(target: Target) -> Family:
    """Return the family of a field; raises `UnsupportedOperation` for one that is not there."""
    CAPABILITIES.require_fields([target.field])
    found = _FAMILIES.get((target.resource_kind, target.field))
    if target.key and target.field in PRICE_FIELDS:
        found = Family.PRICE_LIST if found is Family.VARIANT else None
    if found is None:
        raise UnsupportedOperation(
            f"On BigCommerce no {target.resource_kind} has the field '{target.field}'.",
            remedy="Change it on what has it, such as the product of a variant.",
        )
    return found
