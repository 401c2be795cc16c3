"""What BigCommerce cannot be asked for."""

from steward.capabilities import Capabilities, Lack
from steward.catalog import CatalogDetail
from steward.changes import FieldName
from steward.values import ListingStatus

NO_TAGS = Lack(
    reason="BigCommerce has no tags, so no product can be selected by one.",
    remedy="Select by category, brand (vendor) or product ids.",
)
_NO_TAGS_TO_CHANGE = Lack(
    reason="BigCommerce has no tags, so none can be added or removed.",
    remedy="Use categories instead; they can be hidden from the shop's menus.",
)
_ONLY_LISTED_OR_NOT = "On BigCommerce a product is either listed or hidden: it cannot be {}."
CAPABILITIES = Capabilities(
    fields={FieldName.TAG: _NO_TAGS_TO_CHANGE},
    most={FieldName.CATEGORY: 1000},
    statuses={
        ListingStatus.DRAFT: Lack(
            reason=_ONLY_LISTED_OR_NOT.format("a draft"),
            remedy="Set it to hidden until it is ready.",
        ),
        ListingStatus.ARCHIVED: Lack(
            reason=_ONLY_LISTED_OR_NOT.format("archived"),
            remedy="Set it to hidden, which keeps it for the record.",
        ),
    },
    selections={"tag": NO_TAGS},
)


def check_detail(detail: CatalogDetail) -> None:
    """Raise `UnsupportedOperation` where a field is asked for that the platform lacks."""
    CAPABILITIES.require_fields(detail.fields)
