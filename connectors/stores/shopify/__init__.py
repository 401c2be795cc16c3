"""Shopify, through its Admin GraphQL API."""

from connectors.stores.shopify.store import ShopifyConnection, ShopifyStore

__all__ = ["ShopifyConnection", "ShopifyStore"]
