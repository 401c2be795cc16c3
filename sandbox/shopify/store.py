"""One Shopify store: its catalogue, journal, allowance and API."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from sandbox.configuration import StoreConfiguration
from sandbox.faults import Faults
from sandbox.journal import Entry, Journal, Write
from sandbox.shopify.access import ALL_SCOPES
from sandbox.shopify.allowance import Allowance
from sandbox.shopify.bulk import Bulk
from sandbox.shopify.bulk.files import BulkFiles
from sandbox.shopify.bulk.runner import BulkRunner
from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.changes import UnknownFieldError, write_field
from sandbox.shopify.context import RequestContext, Shop
from sandbox.shopify.edits import edit_as_somebody_else
from sandbox.shopify.endpoint import Endpoint
from sandbox.shopify.execution import Executor
from sandbox.shopify.generator import generate_catalogue
from sandbox.shopify.idempotency import IdempotencyKeys
from sandbox.shopify.identifiers import gid
from sandbox.shopify.truth import whole_truth
from sandbox.statistics import Statistics
from sandbox.store import EditError

POINTS_PER_SECOND = {"standard": 100.0, "advanced": 200.0, "plus": 1000.0, "enterprise": 2000.0}
"""How many points a store's allowance restores each second, by the merchant's plan."""

_SECONDS_OF_POINTS = 20
_OPENED = 1_704_067_200  # 1 January 2024, 00:00 UTC


class ShopifyStore:
    """A stand-in store; its state is the generated catalogue plus the journal."""

    def __init__(self, configuration: StoreConfiguration, data_directory: Path) -> None:
        self._configuration = configuration
        self.name = configuration.name
        self.platform = "shopify"
        self.faults = Faults()
        rate = POINTS_PER_SECOND[configuration.plan.value]
        self._rate = rate
        self.allowance = Allowance(rate * _SECONDS_OF_POINTS, rate)
        self.counters = Statistics(rate * _SECONDS_OF_POINTS, rate)
        self.shop = Shop(
            name=configuration.name.capitalize(),
            domain=f"{configuration.name}.myshopify.com",
            currency=configuration.currency,
            plan=configuration.plan.value,
            scopes=ALL_SCOPES if configuration.scopes is None else configuration.scopes,
            created_at=_OPENED,
        )
        self.goods = self._generate()
        self._journal = Journal(data_directory / f"{self.name}.journal.jsonl", self.name)
        journaled = {entry.request_id for entry in self._journal.entries()}
        self.idempotency = IdempotencyKeys(
            data_directory / f"{self.name}.idempotency.jsonl", journaled
        )
        for entry in self._journal.entries():
            self._replay(entry)
        self.bulk = Bulk(data_directory / f"{self.name}.bulk")
        self.executor = Executor(self)
        self._endpoint = Endpoint(self, configuration)
        self._bulk_files = BulkFiles(self)
        self._bulk_runner = BulkRunner(self, configuration.bulk_lines_per_second)
        self._bulk_runner.resume(journaled)

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the Admin API, of uploads and of results."""
        return [*self._bulk_files.routes(), *self._endpoint.routes()]

    def begin(self, request_id: str, address: str = "") -> RequestContext:
        """Return the state of a new request."""
        return RequestContext(
            catalogue=self.goods,
            shop=self.shop,
            at=int(time.time()),
            bulk=self.bulk,
            request_id=request_id,
            address=address,
            idempotency=self.idempotency,
        )

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
        """Return everything that the store holds, as it is now."""
        return whole_truth(self.goods)

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start."""
        operations = [
            {
                "id": gid("BulkOperation", operation.id),
                "status": operation.status.value,
                "clientIdentifier": operation.client_identifier,
                "stagedUploadPath": operation.upload,
                "linesDone": operation.lines_done,
            }
            for operation in self.bulk.operations.all()
        ]
        return {
            **self.counters.summary(),
            "throttleStatus": self.allowance.status(),
            "bulkOperations": operations,
        }

    def reset(self) -> None:
        """Go back to the generated catalogue, a full allowance and an empty journal."""
        self._bulk_runner.stop()
        self.bulk.clear()
        self._journal.clear()
        self.goods = self._generate()
        self.idempotency.clear()
        self.allowance = Allowance(self._rate * _SECONDS_OF_POINTS, self._rate)
        self.counters = Statistics(self._rate * _SECONDS_OF_POINTS, self._rate)

    def edit(self, resource_id: str, field: str, value: Any) -> Entry:  # noqa: ANN401
        """Change one field as somebody else would, and journal it.

        Raises:
            EditError: there is no such resource or field, or it cannot hold the value.
        """
        context = self.begin("external")
        try:
            edit_as_somebody_else(context, resource_id, field, value)
        except UnknownFieldError as error:
            raise EditError(str(error)) from error
        except (ValueError, TypeError, ArithmeticError) as error:
            raise EditError(f"{field} cannot be {value!r}.") from error
        self.record("external", context.writes)
        return self._journal.entries()[-len(context.writes)]

    def close(self) -> None:
        """Leave bulk operations where they are, and close the journal."""
        self._bulk_runner.stop()
        self._journal.close()

    def _generate(self) -> Catalogue:
        configuration = self._configuration
        goods = Catalogue(
            currency=configuration.currency,
            search_lag_seconds=configuration.search_lag_seconds,
            job_seconds=configuration.job_seconds,
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
            write_field(self.goods, entry.resource_id, entry.field, entry.after, int(entry.time))
