"""What Adobe Commerce cannot be asked for."""

from steward.capabilities import Capabilities, Lack
from steward.catalog import CatalogDetail
from steward.changes import FieldName
from steward.values import ListingStatus

NO_TAGS = Lack(
    reason="Adobe Commerce has no product tags to select by.",
    remedy="Select by collection (a category), vendor, or ids (SKUs).",
)
CAPABILITIES = Capabilities(
    fields={
        FieldName.TAG: Lack(
            reason="Adobe Commerce has no product tags.",
            remedy="Put the products into a category instead.",
        )
    },
    statuses={
        ListingStatus.ARCHIVED: Lack(
            reason="Adobe Commerce does not archive products.",
            remedy="Set them to draft, which takes them off sale, or to hidden.",
        )
    },
    selections={"tag": NO_TAGS},
    price_lists=Lack(
        reason="Steward does not change the shared catalogs and tier prices of Adobe Commerce.",
        remedy="Leave the price list out, or change it in the shop's own administration.",
    ),
)


def check_detail(detail: CatalogDetail) -> None:
    """Raise `UnsupportedOperation` where a field is asked for that the platform lacks."""
    CAPABILITIES.require_fields(detail.fields)
