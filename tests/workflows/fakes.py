"""A shop in memory whose time of failure a test controls, and the clockwork around it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

from steward.agents import Parameter, ParameterType, Template
from steward.capabilities import EVERYTHING, Capabilities
from steward.catalog import PRICES, CatalogDetail, Product, Selection, Snapshot, Variant
from steward.changes import Change, ResourceKind, Target
from steward.errors import UnknownStore, UnknownTemplate
from steward.execution import Accepted, Answer, CallEstimate, Rejected, WriteRequest
from steward.money import Money
from steward.policy import Policy
from steward.ports import Store
from steward.values import Value
from steward.waits import Wait

Hook = Callable[[WriteRequest], None]


async def at_once() -> None:
    """Let the read be."""


def no_wait() -> None:
    """Let the requests be made."""


def nothing(_: WriteRequest) -> None:
    """Let the write be."""


def usd(amount: str) -> Money:
    """Return an amount in US dollars."""
    return Money(amount=Decimal(amount), currency="USD")


class FakeShop:
    """A store in memory; `before_write` and `after_write` may raise, or move values."""

    name = "demo"

    def __init__(self, products: int = 40, variants: int = 5) -> None:
        self.products = [
            Product(
                id=f"product-{number:04}",
                title=f"Product {number}",
                vendor="Acme",
                tags=("summer",),
                variants=tuple(
                    Variant(
                        id=f"variant-{number:04}-{position}",
                        title=f"Size {position}",
                        sku=None,
                        price=usd(f"{20 + number}.{position}0"),
                        compare_at_price=None,
                    )
                    for position in range(variants)
                ),
            )
            for number in range(products)
        ]
        self.values: dict[Target, Value] = {
            Target(resource_kind=ResourceKind.VARIANT, resource_id=variant.id, field=field): value
            for product in self.products
            for variant in product.variants
            for field, value in variant.prices.items()
        }
        self.written: list[Change] = []
        self.before_read: Callable[[], Awaitable[None]] = at_once
        self.before_requests: Callable[[], None] = no_wait
        self.before_write: Hook = nothing
        self.after_write: Hook = nothing
        self.seconds_per_write = 0.0
        self.next_wait: Wait | None = None
        self.refused_products: set[str] = set()
        self.forgets_writes_of: set[str] = set()

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        del detail
        return Snapshot(
            store=self.name,
            currency="USD",
            selection=selection,
            taken_at=datetime.now(UTC),
            products=tuple(self.products)
            if getattr(selection, "tag", "summer") == "summer"
            else (),
        )

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        await self.before_read()
        return {target: self.values[target] for target in targets if target in self.values}

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        self.before_requests()
        by_product: dict[str, list[Change]] = {}
        for change in changes:
            by_product.setdefault(change.product_id, []).append(change)
        return tuple(
            WriteRequest(
                resource=product, operation="write", body="{}", points=10, changes=tuple(group)
            )
            for product, group in by_product.items()
        )

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        return tuple(Accepted() for _ in request.changes)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        return CallEstimate(calls=len(requests), points=10 * len(requests), seconds=Decimal(0))

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        yield len(requests)

    def waiting(self) -> Wait | None:
        return self.next_wait

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        await asyncio.sleep(self.seconds_per_write)
        self.before_write(request)
        if request.resource in self.refused_products:
            return tuple(Rejected(code="INVALID", reason="No.") for _ in request.changes)
        if request.resource not in self.forgets_writes_of:
            self.values.update((change.target, change.after) for change in request.changes)
            self.written.extend(request.changes)
        self.after_write(request)
        return self.predict(request)


class OneShop:
    """A directory that holds one store."""

    def __init__(self, shop: FakeShop) -> None:
        self.shop = shop

    def platform(self, store: str) -> str:
        if store != self.shop.name:
            raise UnknownStore(f"No store is called '{store}'.", remedy="Name 'demo'.")
        return "shopify"

    def capabilities(self, store: str) -> Capabilities:
        self.platform(store)
        return EVERYTHING

    @asynccontextmanager
    async def open(self, store: str) -> AsyncIterator[Store]:
        self.platform(store)
        yield self.shop


class OnePolicy:
    """The same rules for everybody."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def policy_for(self, store: str, agent: str) -> Policy:
        del store, agent
        return self.policy


class OneTemplate:
    """A catalogue with one template: a percentage on everything with a tag."""

    def template(self, name: str) -> Template:
        if name != "bulk-price":
            raise UnknownTemplate(f"No template is called '{name}'.", remedy="Try bulk-price.")
        return Template(
            name=name,
            title="Percent",
            description="Moves prices.",
            agent="pricing-manager",
            parameters={
                "tag": Parameter(type=ParameterType.TEXT, help="Tag."),
                "percent": Parameter(type=ParameterType.NUMBER, help="Percent.", required=True),
            },
            selection=("tag",),
            operations=({"kind": "adjust_price", "percent": "$percent"},),
        )

    def templates(self) -> Sequence[Template]:
        return (self.template("bulk-price"),)
