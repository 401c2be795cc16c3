"""A stand-in for the Shopify Admin API."""
