"""The same price change as a simple script makes it: one variant a call, one call at a time."""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus

import httpx

_WRITE = """
mutation($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants) {
    productVariants { id price }
    userErrors { field message }
  }
}
"""
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 32.0


async def change_one_at_a_time(
    address: str, token: str, prices: Mapping[str, tuple[str, str]]
) -> float:
    """Write each price, given by variant as product and price; return the seconds it took.

    A throttled call is repeated with plain exponential backoff, as most scripts do.
    """
    started = time.monotonic()
    async with httpx.AsyncClient(
        base_url=address, headers={"X-Shopify-Access-Token": token}, timeout=60
    ) as client:
        for variant, (product, price) in prices.items():
            await _write(client, product, variant, price)
    return time.monotonic() - started


async def _write(client: httpx.AsyncClient, product: str, variant: str, price: str) -> None:
    wait = _FIRST_WAIT_SECONDS
    body = {
        "query": _WRITE,
        "variables": {"productId": product, "variants": [{"id": variant, "price": price}]},
    }
    while True:
        answer = await client.post("/admin/api/2026-07/graphql.json", json=body)
        if answer.status_code == HTTPStatus.OK and "errors" not in answer.json():
            return
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
