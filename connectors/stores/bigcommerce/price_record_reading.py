"""Reads the records of price lists."""

from collections.abc import Iterable, Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.bigcommerce.answers import VariantPricesPage
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.listing import LARGEST_PAGE, Listing
from connectors.stores.bigcommerce.price_list_answers import PriceRecord, PriceRecordPage
from connectors.stores.bigcommerce.price_records import values_of
from connectors.stores.bigcommerce.product_fields import PRICE_NAMES
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.shared_state import SharedState
from steward.changes import Target
from steward.values import Value

VARIANTS = "v3/catalog/variants"
Records = Mapping[int, PriceRecord]


class PriceRecordReader:
    """Reads records in the store's currency, up to 250 variants a call."""

    def __init__(self, api: RestApi, shared: SharedState) -> None:
        """Take the store's API, and what all its uses share."""
        self._api = api
        self._shared = shared
        self._listing = Listing(api)

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values; none without a record, and a variant that is gone is left out."""
        by_list: dict[int, list[Target]] = {}
        for target in targets:
            by_list.setdefault(number_of(target.key), []).append(target)
        found = await in_parallel(self._of_list(*one) for one in by_list.items())
        return {target: value for some in found for target, value in some.items()}

    async def _of_list(self, price_list: int, targets: Sequence[Target]) -> Mapping[Target, Value]:
        numbers = {number_of(target.resource_id) for target in targets}
        records = await self.records(price_list, numbers)
        if records is None:
            return {}
        there = records.keys() | await self._existing(numbers - records.keys())
        currency = await self._shared.currency.code(self._api)
        return {
            target: values_of(records.get(number), currency)[target.field]
            for target in targets
            if (number := number_of(target.resource_id)) in there
        }

    async def records(self, price_list: int, variants: Iterable[int]) -> Records | None:
        """Return the records of these variants; None where the price list itself is gone."""
        wanted = sorted(set(variants))
        if not wanted:
            return {}
        currency = await self._shared.currency.code(self._api)
        found = await in_parallel(
            self._some(price_list, currency, wanted[start : start + LARGEST_PAGE])
            for start in range(0, len(wanted), LARGEST_PAGE)
        )
        records: dict[int, PriceRecord] = {}
        for some in found:
            if some is None:
                return None
            records |= some
        return records

    async def _some(
        self, price_list: int, currency: str, variants: Sequence[int]
    ) -> Records | None:
        chosen = {
            "variant_id:in": ",".join(map(str, variants)),
            "currency": currency,
            "include": "bulk_pricing_tiers",
            "limit": str(LARGEST_PAGE),
            "page": "1",
        }
        resource = f"v3/pricelists/{price_list}/records"
        async with self._shared.record_reads:
            page = await self._api.read_where_there(resource, PriceRecordPage, chosen)
        if page is None:
            return None
        records = self._listing.whole(page).data
        return {one.variant_id: one for one in records if one.currency.upper() == currency}

    async def _existing(self, variants: Iterable[int]) -> set[int]:
        """Return which of these variants are there: no record is none of a variant that is gone."""
        fields = {"include_fields": ",".join(PRICE_NAMES)}
        pages = await self._listing.by_ids(VARIANTS, VariantPricesPage, variants, fields)
        return {variant.id for page in pages for variant in page.data}
