"""One BigCommerce store: its catalogue, journal, quota and API."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from sandbox.bigcommerce.catalogue import Catalogue, UnknownFieldError
from sandbox.bigcommerce.context import RequestContext
from sandbox.bigcommerce.endpoint import Endpoint
from sandbox.bigcommerce.fields import PRODUCT_FIELDS, VARIANT_FIELDS
from sandbox.bigcommerce.generator import generate_catalogue
from sandbox.bigcommerce.identifiers import price_record_name, product_name, variant_name
from sandbox.bigcommerce.locations import located, place_of
from sandbox.bigcommerce.places import category_of
from sandbox.bigcommerce.quota import REQUESTS_PER_WINDOW, WINDOW_MILLISECONDS, RequestQuota
from sandbox.bigcommerce.records import Product, Variant
from sandbox.configuration import StoreConfiguration
from sandbox.faults import Faults
from sandbox.journal import Entry, Journal, Write
from sandbox.statistics import Statistics
from sandbox.store import EditError

_CATALOGUE_PRODUCT_FIELDS = tuple(
    name for name in PRODUCT_FIELDS if name not in ("reviews_rating_sum", "reviews_count")
)


class BigCommerceStore:
    """A stand-in store; its state is the generated catalogue plus the journal.

    Its hash, in the API's paths, is its name in the configuration.
    """

    def __init__(
        self,
        configuration: StoreConfiguration,
        data_directory: Path,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configuration = configuration
        self._monotonic = monotonic
        self.name = configuration.name
        self.platform = "bigcommerce"
        self.faults = Faults()
        self.quota, self.counters = self._count()
        self.goods = self._generate()
        self._journal = Journal(data_directory / f"{self.name}.journal.jsonl", self.name)
        for entry in self._journal.entries():
            self._replay(entry)
        self._endpoint = Endpoint(self, configuration)

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the API."""
        return self._endpoint.routes()

    def begin(self, operation: str, unsaved: Sequence[str | None] = ()) -> RequestContext:
        """Return the state of a new request; see `RequestContext` for what is left unsaved."""
        return RequestContext(self.goods, self.name, operation, int(time.time()), unsaved)

    def record(self, request_id: str, writes: Sequence[Write]) -> None:
        """Put writes into the journal, before their request is answered."""
        if not writes:
            return
        self._journal.append(request_id, writes)
        applied = sum(1 for write in writes if write.applied)
        self.counters.writes_applied += applied
        self.counters.writes_refused += len(writes) - applied

    def journal_entries(self, after: int) -> Sequence[Entry]:
        """Return the journal's entries with a higher sequence number."""
        return self._journal.entries(after)

    def catalogue(self) -> dict[str, Any]:
        """Return everything as it is now, without any lag; stock stands with what is tracked."""
        goods = self.goods
        return {
            "products": {
                product_name(product.id): {
                    **{name: product.value(name) for name in _CATALOGUE_PRODUCT_FIELDS},
                    "inventory_level": goods.stock.level(product_name(product.id)),
                    "inventory": _inventory(goods, product, "product"),
                    "sort_orders": _sort_orders(product),
                    "variants": {
                        variant_name(variant.id): {
                            **{name: variant.value(name) for name in VARIANT_FIELDS},
                            "inventory": _inventory(goods, variant, "variant"),
                        }
                        for variant in goods.variants_of(product)
                    },
                }
                for product in goods.products.values()
            },
            "categories": {
                str(category.id): {"name": category.name, "parent_id": category.parent_id}
                for category in goods.categories.values()
            },
            "locations": {
                str(location.id): {"code": location.code, "label": location.label}
                for location in goods.locations.values()
            },
            "price_lists": {str(one.id): {"name": one.name} for one in goods.price_lists.values()},
            "price_records": {
                price_record_name(number, variant, currency): dict(record.values)
                for number, records in goods.price_records.items()
                for (variant, currency), record in records.items()
            },
        }

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start; a point is one request of the quota."""
        quota = self.quota.status()
        summary = {**self.counters.summary(), "points_available": quota["available"]}
        return {**summary, "quota": quota}

    def reset(self) -> None:
        """Go back to the generated catalogue, a fresh quota and an empty journal."""
        self._journal.clear()
        self.goods = self._generate()
        self.quota, self.counters = self._count()

    def edit(self, resource_id: str, field: str, value: Any) -> Entry:  # noqa: ANN401
        """Change one field as somebody else would, and journal it.

        Raises:
            EditError: there is no such resource or field, or it cannot hold the value.
        """
        context = self.begin("external_edit")
        place = place_of(field)
        field = field if place is None else located(*place)
        try:
            problem = self.goods.problem(resource_id, field, value)
            if problem is not None:
                raise EditError(f"{field} {problem}.")
            context.write(resource_id, field, value)
        except UnknownFieldError as error:
            raise EditError(str(error)) from error
        self.record("external", context.writes)
        return self._journal.entries()[-1]

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _count(self) -> tuple[RequestQuota, Statistics]:
        requests = REQUESTS_PER_WINDOW[self._configuration.plan.value]
        rate = requests * 1000 / WINDOW_MILLISECONDS
        quota = RequestQuota(requests, self._monotonic)
        return quota, Statistics(requests, rate, self._monotonic)

    def _generate(self) -> Catalogue:
        configuration = self._configuration
        goods = Catalogue(
            currency=configuration.currency,
            lag_seconds=configuration.search_lag_seconds,
            monotonic=self._monotonic,
        )
        generate_catalogue(
            goods,
            products=configuration.products,
            variants=configuration.variants,
            seed=configuration.seed,
        )
        return goods

    def _replay(self, entry: Entry) -> None:
        if entry.applied and entry.resource_id is not None and entry.field is not None:
            self.goods.write(entry.resource_id, entry.field, entry.after, int(entry.time))


def _sort_orders(product: Product) -> dict[str, int]:
    """Return a product's places in categories where it has any."""
    places = {category_of(field): value for field, value in product.values.items()}
    return {str(one): value for one, value in places.items() if one and value is not None}


def _inventory(
    goods: Catalogue, record: Product | Variant, kind: str
) -> dict[str, dict[str, int | None]]:
    """Return what a product or variant has at each location, if its stock is tracked by it."""
    if isinstance(record, Product):
        product, name = record, product_name(record.id)
    else:
        product, name = goods.products[record.product_id], variant_name(record.id)
    if product.value("inventory_tracking") != kind:
        return {}
    return {
        str(location): {
            "quantity": goods.stock.on_hand(name, location),
            "safety_stock": goods.stock.safety(name, location),
        }
        for location in goods.locations
        if goods.stock.on_hand(name, location) is not None
    }
