"""A Shopify of a few lines, for answers that no real one gives on demand."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.bucket_pacing import BucketPacer
from connectors.pacing import Timer
from connectors.stores.shopify import ShopifyStore
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.estimating import SMALLEST_PLAN

TOKEN = "shpat_canary_5f2c9d7e1b3a"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
COST = {
    "requestedQueryCost": 10,
    "actualQueryCost": 10,
    "throttleStatus": {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 1990,
        "restoreRate": 100.0,
    },
}

Handler = Callable[[httpx.Request], httpx.Response]


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return the same moment each time."""
        return NOON


class JumpingTime:
    """A timer that jumps over every wait, and counts what was waited."""

    def __init__(self) -> None:
        self.now = 0.0

    def seconds(self) -> float:
        """Return what was waited so far."""
        return self.now

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Be there already."""
        del changed
        self.now += seconds


def store_that(answers: Handler, *, token: str = TOKEN, timer: Timer | None = None) -> ShopifyStore:
    """Return a store named 'acme' whose platform answers by the handler."""
    client = httpx.AsyncClient(
        base_url="https://acme.myshopify.com", transport=httpx.MockTransport(answers)
    )
    api = AdminApi("acme", SecretStr(token), client, BucketPacer(SMALLEST_PLAN))
    return ShopifyStore(api, timer=timer, clock=Noon())


def answering(data: object) -> Handler:
    """Answer every call with this data."""
    return lambda _: json_response({"data": data, "extensions": {"cost": COST}})


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Return an HTTP response with a JSON body."""
    return httpx.Response(status, content=json.dumps(content).encode(), headers=headers)


@dataclass
class FakeProduct:
    """A product with so many variants, each at its own price."""

    number: int
    variants: int = 1
    vendor: str = "Acme"
    tags: Sequence[str] = ()
    collections: int = 0
    locations: int = 0

    @property
    def id(self) -> str:
        """The global id."""
        return f"gid://shopify/Product/{self.number}"

    def variant_nodes(self) -> list[dict[str, Any]]:
        """Return all variants, in order."""
        return [
            {
                "id": f"gid://shopify/ProductVariant/{self.number * 10_000 + position}",
                "title": f"Size {position}",
                "sku": f"SKU-{self.number}-{position}" if position % 2 else "",
                "price": f"{position + 1}.50",
                "compareAtPrice": f"{position + 2}.00" if position % 3 == 0 else None,
            }
            for position in range(self.variants)
        ]

    def collection_nodes(self) -> list[dict[str, Any]]:
        """Return all collections; every third one is smart."""
        return [
            {
                "id": f"gid://shopify/Collection/{position}",
                "title": f"Collection {position}",
                "ruleSet": None if position % 3 else {"appliedDisjunctively": False},
            }
            for position in range(self.collections)
        ]

    def level_nodes(self) -> list[dict[str, Any]]:
        """Return the stock of any of its variants, by location."""
        return [
            {
                "location": {"id": f"gid://shopify/Location/{position}", "name": f"L{position}"},
                "quantities": [{"quantity": self.number + position}],
            }
            for position in range(self.locations)
        ]


@dataclass
class FakeShopify:
    """Pages through its products; `between_pages` is called after each page."""

    products: list[FakeProduct]
    currency: str = "USD"
    between_pages: Callable[[], None] = lambda: None
    most_products: int = 250
    most_variants: int = 250
    most_beside: int = 250
    calls: list[str] = field(default_factory=list)
    queries: list[str | None] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        call = json.loads(request.content)
        operation, variables = call["operationName"], call["variables"]
        self.calls.append(operation)
        shop = {"currencyCode": self.currency}
        data: dict[str, Any]
        match operation:
            case "SearchProducts":
                self.queries.append(variables["query"])
                data = {"shop": shop, "products": self._product_page(variables)}
            case "CollectionProducts":
                products = {"products": self._product_page(variables)}
                found = variables["handle"] == "summer"
                data = {"shop": shop, "collectionByIdentifier": products if found else None}
            case "ProductsById":
                data = {"shop": shop, "nodes": [self._by_id(id_) for id_ in variables["ids"]]}
            case "ProductVariants":
                product = self._find(variables["id"])
                data = {"product": product and {"variants": self._variant_page(product, variables)}}
            case "VariantPrices":
                data = {"shop": shop, "nodes": [self._price(id_) for id_ in variables["ids"]]}
            case _:
                data = self._details(operation, variables)
        self.between_pages()
        return json_response({"data": data, "extensions": {"cost": COST}})

    def _details(self, operation: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        match operation:
            case "CollectionByHandle":
                nodes = self.products[0].collection_nodes() if variables["handle"] != "x" else []
                return {"collectionByIdentifier": nodes[0] if nodes else None}
            case "CollectionsByProduct":
                return {"nodes": [self._with_collections(id_) for id_ in variables["ids"]]}
            case "ProductCollections":
                product = self._find(variables["id"])
                collections = product and self._page(product.collection_nodes(), variables)
                return {"product": product and {"collections": collections}}
            case "StockByVariant":
                return {"nodes": [self._with_stock(id_) for id_ in variables["ids"]]}
            case "InventoryLevels":
                product = self._find_by_item(variables["id"])
                levels = product and self._page(product.level_nodes(), variables)
                return {"inventoryItem": product and {"inventoryLevels": levels}}
            case _:
                raise AssertionError(operation)

    def _find(self, product_id: str) -> FakeProduct | None:
        return next((product for product in self.products if product.id == product_id), None)

    def _by_id(self, product_id: str) -> dict[str, Any] | None:
        product = self._find(product_id)
        return None if product is None else self._product_node(product, 100)

    def _find_by_item(self, item: str) -> FakeProduct | None:
        number = int(item.rpartition("/")[2]) // 10_000
        return next((product for product in self.products if product.number == number), None)

    def _with_collections(self, product_id: str) -> dict[str, Any] | None:
        product = self._find(product_id)
        first = {"first": 100, "after": None}
        if product is None:
            return None
        return {
            "id": product.id,
            "collections": self._page(product.collection_nodes(), first),
        }

    def _with_stock(self, variant_id: str) -> dict[str, Any] | None:
        product = self._find_by_item(variant_id)
        number = variant_id.rpartition("/")[2]
        if product is None:
            return None
        return {
            "id": variant_id,
            "inventoryItem": {
                "id": f"gid://shopify/InventoryItem/{number}",
                "tracked": int(number) % 2 == 0,
                "inventoryLevels": self._page(product.level_nodes(), {"first": 20, "after": None}),
            },
        }

    def _page(self, nodes: list[dict[str, Any]], variables: Mapping[str, Any]) -> dict[str, Any]:
        start = int(variables["after"] or 0)
        end = start + min(variables["first"], self.most_beside)
        return {
            "nodes": nodes[start:end],
            "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)},
        }

    def _price(self, variant_id: str) -> dict[str, Any] | None:
        nodes = (node for product in self.products for node in product.variant_nodes())
        found = next((node for node in nodes if node["id"] == variant_id), None)
        return found and {key: found[key] for key in ("id", "price", "compareAtPrice")}

    def _product_page(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Page by position, so that a product that moves may be seen twice."""
        start = int(variables["after"] or 0)
        end = start + min(variables["first"], self.most_products)
        return {
            "nodes": [
                self._product_node(product, variables["variants"])
                for product in self.products[start:end]
            ],
            "pageInfo": {"hasNextPage": end < len(self.products), "endCursor": str(end)},
        }

    def _product_node(self, product: FakeProduct, first: int) -> dict[str, Any]:
        return {
            "id": product.id,
            "title": f"Product {product.number}",
            "vendor": product.vendor,
            "tags": list(product.tags),
            "variants": self._variant_page(product, {"first": first, "after": None}),
        }

    def _variant_page(self, product: FakeProduct, variables: Mapping[str, Any]) -> dict[str, Any]:
        start = int(variables["after"] or 0)
        end = start + min(variables["first"], self.most_variants)
        nodes = product.variant_nodes()
        return {
            "nodes": nodes[start:end],
            "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)},
        }
