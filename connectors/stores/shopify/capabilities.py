"""What Shopify cannot be asked for."""

from collections.abc import Mapping

from steward.capabilities import Capabilities, Lack, lacking
from steward.catalog import CatalogDetail
from steward.changes import FieldName, ResourceKind, Target
from steward.errors import UnsupportedOperation

# Which resource has the field; what is not listed here is lacking.
RESOURCES: Mapping[FieldName, ResourceKind] = {
    FieldName.PRICE: ResourceKind.VARIANT,
    FieldName.COMPARE_AT_PRICE: ResourceKind.VARIANT,
    FieldName.TITLE: ResourceKind.PRODUCT,
    FieldName.DESCRIPTION: ResourceKind.PRODUCT,
    FieldName.SEO_TITLE: ResourceKind.PRODUCT,
    FieldName.SEO_DESCRIPTION: ResourceKind.PRODUCT,
    FieldName.STATUS: ResourceKind.PRODUCT,
    FieldName.TAG: ResourceKind.PRODUCT,
    FieldName.CATEGORY: ResourceKind.PRODUCT,
    FieldName.INVENTORY_QUANTITY: ResourceKind.INVENTORY_ITEM,
}
CAPABILITIES = Capabilities(
    fields=lacking("Shopify", *(set(FieldName) - set(RESOURCES))),
    most={FieldName.TAG: 250},
    price_lists=Lack(
        reason="Steward does not change the price lists of Shopify's markets and catalogs.",
        remedy="Leave the price list out, or change it in the shop's own administration.",
    ),
)


def check_detail(detail: CatalogDetail) -> None:
    """Raise `UnsupportedOperation` where a field is asked for that the platform lacks."""
    CAPABILITIES.require_fields(detail.fields)


def check_supported(target: Target) -> None:
    """Raise `UnsupportedOperation` unless the field is one that the target's resource has."""
    CAPABILITIES.require_fields([target.field])
    owner = RESOURCES[target.field]
    if target.resource_kind is not owner:
        raise UnsupportedOperation(
            f"On Shopify the field '{target.field}' belongs to {_plural(owner)}, not to "
            f"{_plural(target.resource_kind)}.",
            remedy=f"Name the {_plural(owner)}.",
        )


def _plural(kind: ResourceKind) -> str:
    return f"{kind.value.replace('_', ' ')}s"
