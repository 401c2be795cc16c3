"""What BigCommerce cannot be asked for."""

from steward.capabilities import Capabilities, Lack, lacking
from steward.catalog import PRICE_FIELDS, CatalogDetail
from steward.changes import FieldName

NO_TAGS = Lack(
    reason="BigCommerce has no tags, so no product can be selected by one.",
    remedy="Select by category, brand (vendor) or product ids.",
)
CAPABILITIES = Capabilities(
    fields=lacking("BigCommerce", *(set(FieldName) - PRICE_FIELDS)), selections={"tag": NO_TAGS}
)


def check_detail(detail: CatalogDetail) -> None:
    """Raise `UnsupportedOperation` where a field is asked for that the platform lacks."""
    CAPABILITIES.require_fields(detail.fields)
