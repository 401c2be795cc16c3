"""How long passes between reading a value and having written it, by platform and kind of field.

Run it with `make bench-field-gaps`. See `benchmarks.gap` for what is measured, here with allowance
to spare. A write ends when the connector says that it is in effect.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.environment import environment, keep
from benchmarks.gap import gaps_of
from benchmarks.sandbox_shops import ShopDescription, serving_shops
from starter.stack.description import TemporalDescription
from starter.stack.temporal_server import find_command
from steward.changes import FieldName
from steward.operations import (
    AdjustPrice,
    AdjustStock,
    ChangeCategories,
    ChangeTags,
    Operation,
    SetStatus,
    SetText,
)
from steward.values import ListingStatus

_LATENCY_SECONDS = 0.1
_PRODUCTS, _VARIANTS = 200, 1_000
_LOCATIONS = {"shopify": "Main Warehouse", "bigcommerce": "1", "adobe_commerce": "default"}
_CATEGORIES = {
    "shopify": "staff-picks",
    "bigcommerce": "Clearance",
    "adobe_commerce": "Clearance",
}


def operations_on(platform: str) -> Mapping[str, Operation]:
    """Return an operation for each kind of field that the platform has."""
    operations: dict[str, Operation] = {
        "prices": AdjustPrice(percent=Decimal(-15)),
        "titles": SetText(field=FieldName.TITLE, text="{title}!"),
        "status": SetStatus(status=ListingStatus.HIDDEN),
        "categories": ChangeCategories(add=(_CATEGORIES[platform],)),
        "stock": AdjustStock(units=7, location=_LOCATIONS[platform]),
    }
    if platform == "shopify":
        operations["tags"] = ChangeTags(add=("sale",))
    return operations


async def measure(folder: Path, platform: str, what: str, operation: Operation) -> dict[str, Any]:
    """Measure one kind of field on a shop of its own."""
    name = f"{platform}-{what}".replace("_", "-")
    shop = ShopDescription(
        name, platform, _PRODUCTS, _VARIANTS, _LATENCY_SECONDS, plan="enterprise"
    )
    async with serving_shops(folder / name, [shop]) as running:
        gaps = sorted(await gaps_of(folder, shop, running[name].settings, operation))
    return {
        "platform": platform,
        "fields": what,
        "calls": len(gaps),
        "half_within_seconds": round(statistics.median(gaps), 1),
        "longest_seconds": round(gaps[-1], 1),
    }


async def benchmark(folder: Path) -> list[dict[str, Any]]:
    """Measure one after the other, so that none disturbs another."""
    results = []
    for platform in _LOCATIONS:
        for what, operation in operations_on(platform).items():
            results.append(await measure(folder, platform, what, operation))
            print(results[-1])
    return results


def main() -> None:
    """Measure all of them, and keep the figures."""
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        results = asyncio.run(benchmark(Path(folder)))
    on = environment(find_command(TemporalDescription(), {}))
    shops = f"{_PRODUCTS} products, {_VARIANTS} variants, {_LATENCY_SECONDS} s a call"
    kept = keep("field_gaps", {"environment": on, "shops": shops, "results": results})
    print(f"\n{on}\nKept in {kept}")


if __name__ == "__main__":
    main()
