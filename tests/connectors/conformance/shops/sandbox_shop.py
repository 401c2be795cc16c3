"""A shop of the sandbox, as the conformance suite asks for it, whatever its platform."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from connectors.conformance import AppliedWrite, Disturbance, StoreUnderTest
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, ResourceKind, Target
from steward.money import Money
from steward.ports import Store
from steward.sale import RegularAndSale, ShownPrices
from steward.values import ABSENT, Text, Value

STRANGER = "canary0of0a0stranger"
# Decimals behind a long number are more than some platforms, or their doubles, keep.
HUGE = Money(amount=Decimal("999999999999999.99"), currency="USD")
FAULTS: Mapping[Disturbance, Mapping[str, object]] = {
    Disturbance.READ_THROTTLED: {"kind": "throttle", "match": {"kind": "query"}},
    Disturbance.WRITE_THROTTLED: {"kind": "throttle", "match": {"kind": "mutation"}},
    Disturbance.WRITE_ANSWER_LOST: {"kind": "lost_answer", "match": {"kind": "mutation"}},
}

Catalogue = Mapping[str, Any]


class Connection(Protocol):
    """What the connectors' connections have in common."""

    async def aclose(self) -> None: ...

    def store(self, token: SecretStr) -> Store: ...


@dataclass(frozen=True, slots=True)
class Edit:
    """Somebody else's change, in the sandbox's own names."""

    resource: str
    field: str
    value: object


class SandboxShop(ABC):
    """A shop of the sandbox, as `connectors.conformance.Proving` asks for it."""

    under_test: StoreUnderTest
    secret_setting = "access_token_file"

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        self._control = control
        self._address = address
        self._secret = secret

    @abstractmethod
    def _connection(self) -> Connection:
        """Return new connections to the shop."""

    @abstractmethod
    def _held(self, catalogue: Catalogue) -> Iterator[tuple[Target, Value]]:
        """Yield every field in the sandbox's own view of the shop."""

    @abstractmethod
    def _edit(self, target: Target, value: Value, catalogue: Catalogue) -> Edit:
        """Return how the sandbox is told to set the field."""

    def _wrong_secret(self) -> str:
        return STRANGER

    async def reset(self) -> None:
        self._control.delete("/_sandbox/faults").raise_for_status()
        self._control.post("/_sandbox/reset").raise_for_status()

    def open(self) -> AbstractAsyncContextManager[Store]:
        return self._opened(self._secret)

    def open_as_stranger(self) -> AbstractAsyncContextManager[Store]:
        return self._opened(self._wrong_secret())

    @asynccontextmanager
    async def _opened(self, secret: str) -> AsyncIterator[Store]:
        connection = self._connection()
        try:
            yield connection.store(SecretStr(secret))
        finally:
            await connection.aclose()

    async def held(self) -> Mapping[Target, Value]:
        return dict(self._held(self._catalogue()))

    def _catalogue(self) -> Catalogue:
        catalogue: Catalogue = self._control.get("/_sandbox/catalogue").json()
        return catalogue

    async def applied_writes(self) -> Sequence[AppliedWrite]:
        return [
            AppliedWrite(resource=entry["resource_id"], field=entry["field"])
            for entry in self._control.get("/_sandbox/journal").json()
            if entry["applied"] and entry["operation"] != "external_edit"
        ]

    async def somebody_else_sets(self, target: Target, value: Value) -> None:
        edit = self._edit(target, value, self._catalogue())
        content = {"resource_id": edit.resource, "field": edit.field, "value": edit.value}
        self._control.post("/_sandbox/edit", json=content).raise_for_status()

    async def disturb(self, disturbance: Disturbance) -> None:
        self._control.post("/_sandbox/faults", json=FAULTS[disturbance]).raise_for_status()

    async def settle(self) -> None:
        """Return at once, except where a platform lets writes take effect later."""
        await asyncio.sleep(0)

    async def wait(self, duration: timedelta) -> None:  # noqa: ARG002
        """Return at once: the sandbox's throttling, being asked for, is over after one call."""
        await asyncio.sleep(0)


def usd(amount: object) -> Money:
    """Return an amount of the sandbox, in the currency of its shops."""
    return Money.rounded(Decimal(str(amount)), "USD")


def with_sale(price: object, sale: object) -> ShownPrices:
    """Return what a customer sees where a platform keeps a regular price and maybe a sale price."""
    return RegularAndSale(regular=usd(price), sale=usd(sale) if sale else None).shown


def price_fields(
    kind: ResourceKind, name: str, prices: ShownPrices | None
) -> Iterator[tuple[Target, Value]]:
    """Yield both price fields, absent where the resource inherits them."""
    values: dict[FieldName, Value] = dict.fromkeys(PRICE_FIELDS, ABSENT)
    if prices is not None:
        values[FieldName.PRICE] = prices.price
        values[FieldName.COMPARE_AT_PRICE] = prices.compare_at_price or ABSENT
    for field, value in values.items():
        yield Target(resource_kind=kind, resource_id=name, field=field), value


def own_field(product: str, field: FieldName, key: str = "") -> Target:
    """Return the target of a product's own field."""
    return Target(resource_kind=ResourceKind.PRODUCT, resource_id=product, field=field, key=key)


def text_or_absent(text: str | None) -> Value:
    """Return an SEO text, which is absent where the platform keeps none."""
    return Text(text=text) if text else ABSENT
