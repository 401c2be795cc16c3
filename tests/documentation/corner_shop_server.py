"""Corner Shop itself: the imaginary platform of the example, over real HTTP, and its proving."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from connectors.conformance import AppliedWrite, Disturbance, StoreUnderTest
from connectors.stores.directory import Platform
from steward.catalog import PRICE_FIELDS, EveryProduct
from steward.changes import FieldName, ResourceKind, Target
from steward.money import Money
from steward.ports import Store
from steward.values import ABSENT, Value

TOKEN, STRANGER = "corner-token-0a0", "stranger-token-0b0"
_PAGE = 20


class CornerShop:
    """Sixty items, each second one on sale; one disturbance at a time, for the next call."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Put everything back."""
        self.items = {
            f"item-{number:03}": {
                "id": f"item-{number:03}",
                "name": f"Item {number}",
                "price": f"{number + 4}.00",
                "compare_at_price": f"{number + 9}.50" if number % 2 else None,
            }
            for number in range(60)
        }
        self.written: list[tuple[str, str]] = []
        self.disturbance: Disturbance | None = None

    def page(self, after: str) -> dict[str, Any]:
        """Return the items behind an id."""
        behind = [self.items[item] for item in sorted(self.items) if item > after]
        return {"currency": "USD", "items": behind[:_PAGE]}

    def change(self, content: Sequence[Mapping[str, Any]]) -> list[str]:
        """Set what still is what it was, and return a word for each."""
        return [self._change_one(**{"now": one["is"], **one}) for one in content]

    def _change_one(self, item: str, field: str, was: str, now: str, **_: object) -> str:
        if item not in self.items:
            return "gone"
        if str(now).endswith(".13"):
            return "refused"
        if self.items[item][field] != was:
            return "stale"
        self.items[item][field] = now
        self.written.append((item, field))
        return "done"

    def disturbed(self, *kinds: Disturbance) -> bool:
        """Return whether one of these is to happen now; it happens once."""
        if self.disturbance not in kinds:
            return False
        self.disturbance = None
        return True


@contextmanager
def serving(shop: CornerShop) -> Iterator[str]:
    """Serve the shop on this machine, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            after = parse_qs(urlsplit(self.path).query).get("after", [""])[0]
            self._answer(Disturbance.READ_THROTTLED, lambda: shop.page(after))

        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(Disturbance.WRITE_THROTTLED, lambda: shop.change(content))

        def _answer(self, throttled: Disturbance, answer: Callable[[], object]) -> None:
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                self._send(401, {})
            elif shop.disturbed(throttled):
                self._send(429, {}, {"Retry-After": "2"})
            else:
                content = answer()
                if self.command == "POST" and shop.disturbed(Disturbance.WRITE_ANSWER_LOST):
                    self.close_connection = True
                else:
                    self._send(200, content)

        def _send(
            self, status: int, content: object, headers: Mapping[str, str] | None = None
        ) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class CornerShopProving:
    """The shop as the conformance suite asks for it; `connection` is the class under test."""

    def __init__(self, shop: CornerShop, address: str, connection: Platform) -> None:
        self._shop = shop
        self._address = address
        self._connection = connection
        self.under_test = StoreUnderTest(
            platform="Corner Shop",
            selection=EveryProduct(),
            missing_resource_id="item-999",
            missing_product_id="item-999",
            category_to_enter="",
            category_to_leave="",
            secrets=(TOKEN, STRANGER),
            capabilities=connection.capabilities,
            refused_price=Money(amount=Decimal("8.13"), currency="USD"),
            unmet={
                "an_inverse_restores_inherited_prices": "Every item has a price of its own.",
            },
        )

    async def reset(self) -> None:
        self._shop.reset()

    def open(self) -> AbstractAsyncContextManager[Store]:
        return self._opened(TOKEN)

    def open_as_stranger(self) -> AbstractAsyncContextManager[Store]:
        return self._opened(STRANGER)

    @asynccontextmanager
    async def _opened(self, token: str) -> AsyncIterator[Store]:
        connection = self._connection("kiosk", self._address)
        try:
            yield connection.store(SecretStr(token))
        finally:
            await connection.aclose()

    async def held(self) -> Mapping[Target, Value]:
        return {
            Target(
                resource_kind=ResourceKind.VARIANT, resource_id=item, field=FieldName(field)
            ): _value(content[field])
            for item, content in self._shop.items.items()
            for field in PRICE_FIELDS
        }

    async def applied_writes(self) -> Sequence[AppliedWrite]:
        return [AppliedWrite(resource=item, field=field) for item, field in self._shop.written]

    async def somebody_else_sets(self, target: Target, value: Value) -> None:
        assert isinstance(value, Money)
        self._shop.items[target.resource_id][target.field] = str(value.amount)

    async def disturb(self, disturbance: Disturbance) -> None:
        self._shop.disturbance = disturbance

    async def settle(self) -> None:
        """Return at once: what is accepted is in effect."""

    async def wait(self, duration: timedelta) -> None:
        """Return at once: the throttling is over after one call."""
        del duration
        await asyncio.sleep(0)


def _value(amount: str | None) -> Value:
    return ABSENT if amount is None else Money(amount=Decimal(amount), currency="USD")
