"""What the store says about itself, in the older API."""

from sandbox.bigcommerce.answers import Answer
from sandbox.bigcommerce.context import Call, RequestContext


def get_store_information(context: RequestContext, _: Call) -> Answer:
    """Return the store's name, addresses, currency and time zone."""
    name, currency = context.store_name, context.catalogue.currency
    domain = f"{name}.mybigcommerce.com"
    return Answer(
        {
            "id": name,
            "domain": domain,
            "secure_url": f"https://{domain}",
            "control_panel_base_url": f"https://store-{name}.mybigcommerce.com",
            "status": "live",
            "name": name.capitalize(),
            "admin_email": f"owner@{domain}",
            "language": "en",
            "currency": currency,
            "decimal_separator": ".",
            "thousands_separator": ",",
            "decimal_places": 2,
            "currency_symbol_location": "left",
            "weight_units": "KGS",
            "dimension_units": "Centimeters",
            "is_price_entered_with_tax": False,
            "stencil_enabled": True,
            "multi_storefront_enabled": False,
            "default_channel_id": 1,
            "timezone": {"name": "UTC", "raw_offset": 0, "dst_offset": 0, "dst_correction": False},
        }
    )
