"""BigCommerce, through its REST API."""

from connectors.stores.bigcommerce.store import BigCommerceConnection, BigCommerceStore

__all__ = ["BigCommerceConnection", "BigCommerceStore"]
