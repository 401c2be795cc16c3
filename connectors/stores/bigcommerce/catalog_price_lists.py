"""What the variants in a snapshot cost by price lists."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import ProductNode, VariantNode
from connectors.stores.bigcommerce.price_list_answers import PriceRecord
from connectors.stores.bigcommerce.price_record_reading import PriceRecordReader, Records
from connectors.stores.bigcommerce.price_records import shown_by
from connectors.stores.bigcommerce.prices import shown
from connectors.stores.bigcommerce.unit_costs import cost_of_variant
from connectors.stores.bigcommerce.variant_names import ONLY_ONE, name_of
from steward.catalog import ListPrice, PriceList, Variant


class CatalogPriceLists:
    """The prices of every variant by some price lists, its own ones or those that it inherits."""

    def __init__(self, records: Mapping[PriceList, Records], currency: str, *, costs: bool) -> None:
        """Take the records of each price list, by variant, and whether costs are told too."""
        self._records = records
        self._currency = currency
        self._costs = costs

    @classmethod
    async def read(
        cls,
        reader: PriceRecordReader,
        price_lists: Sequence[PriceList],
        nodes: Sequence[ProductNode],
        currency: str,
        *,
        costs: bool,
    ) -> "CatalogPriceLists":
        """Read the records of all variants of these products."""
        lists = tuple(dict.fromkeys(price_lists))
        variants = [variant.id for node in nodes for variant in node.variants]
        found = await in_parallel(reader.records(int(one.id), variants) for one in lists)
        records = {one: own or {} for one, own in zip(lists, found, strict=True)}
        return cls(records, currency, costs=costs)

    def of(self, node: ProductNode) -> Iterator[ListPrice]:
        """Yield what the product's variants cost by each price list."""
        for price_list, records in self._records.items():
            for variant in {one.id: one for one in node.variants}.values():
                record = records.get(variant.id)
                inherits = record is None or record.price is None
                yield ListPrice(
                    price_list=price_list,
                    variant=self._variant(node, variant, record),
                    inherits=inherits,
                )

    def _variant(
        self, node: ProductNode, variant: VariantNode, record: PriceRecord | None
    ) -> Variant:
        prices = shown_by(record, self._currency)
        prices = prices or shown(variant, self._currency) or shown(node, self._currency)
        assert prices is not None  # noqa: S101 - a product has a price
        only = len(node.variants) == 1 and not variant.option_values
        return Variant(
            id=str(variant.id),
            title=ONLY_ONE if only else name_of(variant),
            sku=variant.sku or (node.sku if only else None) or None,
            price=prices.price,
            compare_at_price=prices.compare_at_price,
            cost=cost_of_variant(node, variant, self._currency) if self._costs else None,
        )
