"""One Adobe Commerce store: its catalogue, journal, queued calls and API."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from sandbox.adobe_commerce.allowance import Allowance
from sandbox.adobe_commerce.bulk import (
    BULK_FIELD,
    ITEM_KIND,
    OPERATION_PREFIX,
    Bulk,
    Bulks,
    Operation,
)
from sandbox.adobe_commerce.catalogue import Catalogue, UnknownFieldError
from sandbox.adobe_commerce.context import Call, Shop
from sandbox.adobe_commerce.edits import kept
from sandbox.adobe_commerce.endpoint import Endpoint
from sandbox.adobe_commerce.generator import generate_catalogue
from sandbox.adobe_commerce.problems import ApiError
from sandbox.adobe_commerce.records import Product
from sandbox.adobe_commerce.requests import item_facts
from sandbox.adobe_commerce.routes import Route, Routes
from sandbox.adobe_commerce.scopes import VIEWS, scope_code
from sandbox.configuration import Edition, StoreConfiguration
from sandbox.faults import Fault, Faults, RequestFacts
from sandbox.journal import Entry, Journal, Write
from sandbox.statistics import Statistics
from sandbox.store import EditError


class AdobeCommerceStore:
    """A stand-in store; its state is the generated catalogue plus the journal."""

    def __init__(self, configuration: StoreConfiguration, data_directory: Path) -> None:
        self._configuration = configuration
        self.name = configuration.name
        self.platform = "adobe_commerce"
        self.faults = Faults()
        self.shop = Shop(configuration.name, configuration.currency, configuration.price_scope)
        self.bulks = Bulks(configuration.bulk_lag_seconds)
        self.endpoints = Routes(configuration.edition, self._bulk_routes())
        self.allowance, self.counters = self._limits()
        self.goods = self._generate()
        self._journal = Journal(data_directory / f"{self.name}.journal.jsonl", self.name)
        for entry in self._journal.entries():
            self._replay(entry)
        self._endpoint = Endpoint(self, configuration)

    def _bulk_routes(self) -> list[Route]:
        resource = "Magento_Logging::system_magento_logging_bulk_operations"
        return [
            Route("GET", ("bulk", "{bulkUuid}", name), resource, handler)
            for name, handler in (
                ("detailed-status", self.bulks.detailed_status),
                ("status", self.bulks.short_status),
            )
        ] + [
            Route(
                "GET",
                ("bulk", "{bulkUuid}", "operation-status", "{status}"),
                resource,
                self.bulks.count,
            )
        ]

    def _limits(self) -> tuple[Allowance | None, Statistics]:
        if self._configuration.edition is Edition.PAAS:
            return None, Statistics(0, 0)
        allowance = Allowance(self._configuration.requests_per_second)
        return allowance, Statistics(allowance.maximum, allowance.rate)

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the REST API."""
        return self._endpoint.routes()

    def call(
        self,
        route: Route,
        scope: int,
        path: Mapping[str, str],
        query: list[tuple[str, str]],
        body: dict[str, Any],
    ) -> Call:
        """Return a new call of an endpoint."""
        return Call(
            catalogue=self.goods,
            shop=self.shop,
            operation=route.operation,
            scope=scope,
            at=time.time(),
            path=path,
            query=query,
            body=body,
        )

    def advance(self) -> None:
        """Apply the queued calls that are due."""

        def serve(bulk: Bulk, operation: Operation) -> tuple[Call, Route]:
            route = self.endpoints.by_operation(bulk.operation)
            return self.call(route, bulk.scope, operation.path, [], operation.body), route

        def meeting(facts: RequestFacts) -> list[Fault]:
            # A fault that names no kind is meant for requests, not for what they leave behind.
            faults = [fault for fault in self.faults.all() if fault.match.kind == ITEM_KIND]
            return [fault for fault in faults if fault.meets(facts)]

        def facts(call: Call, route: Route) -> RequestFacts:
            return item_facts(call, route, ITEM_KIND)

        self.bulks.advance(time.time(), meeting, serve, facts, self.record)

    def record(self, request_id: str, writes: Sequence[Write]) -> None:
        """Put writes into the journal, before their request is answered."""
        if not writes:
            return
        self._journal.append(request_id, writes)
        counted = [write for write in writes if not _is_queue(write.field)]
        applied = sum(1 for write in counted if write.applied)
        self.counters.writes_applied += applied
        self.counters.writes_refused += len(counted) - applied

    def journal_entries(self, after: int) -> Sequence[Entry]:
        """Return the journal's entries with a higher sequence number."""
        self.advance()
        return self._journal.entries(after)

    def catalogue(self) -> dict[str, Any]:
        """Return every product with the values that each scope itself holds, and every category."""
        self.advance()
        goods = self.goods
        return {
            "products": {product.sku: _product(goods, product) for product in goods.products()},
            "categories": {
                str(category.id): {
                    "name": category.names[0],
                    "parent_id": category.parent_id,
                    "products": [product.sku for product in goods.members(category.id)],
                }
                for category in goods.categories.values()
            },
            "sources": {source.code: {"name": source.name} for source in goods.sources.values()},
            "store_views": {view.code: {"id": view.id, "name": view.name} for view in VIEWS},
        }

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start."""
        self.advance()
        limit = self.allowance
        left = None if limit is None else {"maximum": limit.maximum, "left": limit.left()}
        return {**self.counters.summary(), "allowance": left}

    def reset(self) -> None:
        """Go back to the generated catalogue, a full allowance and an empty journal."""
        self._journal.clear()
        self.bulks.clear()
        self.goods = self._generate()
        self.allowance, self.counters = self._limits()

    def edit(self, resource_id: str, field: str, value: Any) -> Entry:  # noqa: ANN401
        """Change one field as somebody else would, and journal it.

        Raises:
            EditError: there is no such product or field, or it cannot hold the value.
        """
        self.advance()
        try:
            before = self.goods.read(resource_id, field)
            self.goods.write(resource_id, field, kept(field, value), time.time())
            after = self.goods.read(resource_id, field)
        except UnknownFieldError as error:
            raise EditError(str(error)) from error
        except (ApiError, ValueError, TypeError, KeyError, ArithmeticError) as error:
            raise EditError(f"{field} cannot be {value!r}.") from error
        self.record("external", [Write("external_edit", resource_id, field, before, after)])
        return self._journal.entries()[-1]

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _generate(self) -> Catalogue:
        goods = Catalogue()
        configuration = self._configuration
        generate_catalogue(
            goods,
            products=configuration.products,
            variants=configuration.variants,
            seed=configuration.seed,
        )
        return goods

    def _replay(self, entry: Entry) -> None:
        if not entry.applied or entry.resource_id is None or entry.field is None:
            return
        if _is_queue(entry.field):
            self.bulks.restore(entry.resource_id, entry.field, entry.after)
        else:
            self.goods.write(entry.resource_id, entry.field, entry.after, entry.time)


def _is_queue(field: str | None) -> bool:
    return field is not None and (field == BULK_FIELD or field.startswith(OPERATION_PREFIX))


def _product(goods: Catalogue, product: Product) -> dict[str, Any]:
    children = [goods.by_id(number) for number in product.child_ids]
    return {
        "id": product.id,
        "type_id": product.type_id,
        "values": {
            "all": product.values,
            **{scope_code(scope): own for scope, own in sorted(product.overrides.items())},
        },
        "website_ids": list(product.website_ids),
        "categories": sorted(product.category_links),
        "category_links": {
            str(number): place for number, place in sorted(product.category_links.items())
        },
        "stock": {
            source: {"quantity": level.quantity, "status": level.status}
            for source, level in product.stock.items()
        },
        "children": [child.sku for child in children if child is not None],
    }
