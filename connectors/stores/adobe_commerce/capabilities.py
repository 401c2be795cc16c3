"""What Adobe Commerce cannot be asked for."""

from steward.capabilities import Capabilities, Lack, lacking
from steward.catalog import PRICE_FIELDS, CatalogDetail
from steward.changes import FieldName

NO_TAGS = Lack(
    reason="Adobe Commerce has no product tags to select by.",
    remedy="Select by collection (a category), vendor, or ids (SKUs).",
)
CAPABILITIES = Capabilities(
    fields=lacking("Adobe Commerce", *(set(FieldName) - PRICE_FIELDS)), selections={"tag": NO_TAGS}
)


def check_detail(detail: CatalogDetail) -> None:
    """Raise `UnsupportedOperation` where a field is asked for that the platform lacks."""
    CAPABILITIES.require_fields(detail.fields)
