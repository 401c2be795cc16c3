"""The stock of the products in a snapshot."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import ProductNode
from connectors.stores.bigcommerce.stock_reading import Level, StockReader
from connectors.stores.bigcommerce.variant_names import ONLY_ONE, name_of
from steward.catalog import StockLevel
from steward.changes import ResourceKind

Counted = tuple[ResourceKind, int]


class CatalogStock:
    """What there is of a product, or of each of its variants, wherever it is counted.

    A product is counted as a whole, by variant, or not at all. Locations that are not in use are
    left out: nothing is sold from there, and the platform adjusts nothing there.
    """

    def __init__(self, levels: Mapping[Counted, Sequence[Level]] | None = None) -> None:
        """Take the levels of what is counted; none where stock was not asked for."""
        self._levels = levels or {}

    @classmethod
    async def read(cls, stock: StockReader, nodes: Sequence[ProductNode]) -> "CatalogStock":
        """Read the stock of these products."""
        numbers: dict[ResourceKind, list[int]] = {
            ResourceKind.PRODUCT: [],
            ResourceKind.VARIANT: [],
        }
        for node in nodes:
            for (kind, number), _, _ in _counted(node):
                numbers[kind].append(number)
        found = await in_parallel(stock.levels_of(kind, own) for kind, own in numbers.items())
        levels: dict[Counted, list[Level]] = {}
        for some in found:
            for (kind, number, _), level in some.items():
                if level.is_enabled:
                    levels.setdefault((kind, number), []).append(level)
        return cls(levels)

    def of(self, node: ProductNode) -> Iterator[StockLevel]:
        """Yield the product's stock, by variant and by location."""
        for counted, title, sku in _counted(node):
            for level in self._levels.get(counted, ()):
                yield StockLevel(
                    resource_kind=counted[0],
                    resource_id=str(counted[1]),
                    title=title,
                    sku=sku or None,
                    location=level.location,
                    units=level.units,
                )


def _counted(node: ProductNode) -> Iterator[tuple[Counted, str, str | None]]:
    """Yield what is counted of a product, with its title and SKU."""
    if node.inventory_tracking == "product":
        yield (ResourceKind.PRODUCT, node.id), ONLY_ONE, node.sku
    if node.inventory_tracking == "variant":
        for variant in {one.id: one for one in node.variants}.values():
            yield (ResourceKind.VARIANT, variant.id), name_of(variant), variant.sku
