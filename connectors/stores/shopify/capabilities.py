"""What Shopify cannot be asked for."""

from steward.capabilities import Capabilities, lacking
from steward.catalog import PRICE_FIELDS, CatalogDetail
from steward.changes import FieldName

CAPABILITIES = Capabilities(
    fields=lacking("Shopify", *(set(FieldName) - PRICE_FIELDS)),
)


def check_detail(detail: CatalogDetail) -> None:
    """Raise `UnsupportedOperation` where a field is asked for that the platform lacks."""
    CAPABILITIES.require_fields(detail.fields)
