"""Adobe Commerce and Magento Open Source, through their REST API."""

from connectors.stores.adobe_commerce.store import AdobeCommerceConnection, AdobeCommerceStore

__all__ = ["AdobeCommerceConnection", "AdobeCommerceStore"]
