"""Resolvers of the mutations."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.writing.products import add_tags, change_status, remove_tags, update_product
from sandbox.shopify.writing.variants import bulk_update

MUTATION: Mapping[str, Callable[..., Any]] = {
    "productChangeStatus": change_status,
    "productUpdate": update_product,
    "productVariantsBulkUpdate": bulk_update,
    "tagsAdd": add_tags,
    "tagsRemove": remove_tags,
}
