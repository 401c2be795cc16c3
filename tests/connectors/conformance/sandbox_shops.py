"""The sandbox shops that every check is made on, by name."""

from collections.abc import Mapping

from tests.connectors.conformance.shops.adobe_commerce import (
    AdobeCommerceAdministratorShop,
    AdobeCommerceServiceShop,
    AdobeCommerceShop,
)
from tests.connectors.conformance.shops.bigcommerce import BigCommerceShop
from tests.connectors.conformance.shops.sandbox_shop import STRANGER, SandboxShop
from tests.connectors.conformance.shops.shopify import ShopifyShop

SHOPS: Mapping[str, type[ShopifyShop | BigCommerceShop | AdobeCommerceShop]] = {
    "shopify": ShopifyShop,
    "bigcommerce": BigCommerceShop,
    "adobe_commerce": AdobeCommerceShop,
    "adobe_commerce_admin": AdobeCommerceAdministratorShop,
    "adobe_commerce_saas": AdobeCommerceServiceShop,
}

__all__ = ["SHOPS", "STRANGER", "SandboxShop"]
