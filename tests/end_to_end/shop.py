"""A sandbox store as tests see it: what it truly holds, and requests disturbed or held."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from steward.changes import Change, FieldName
from steward.money import Money
from steward.values import Value

_LOOK_AGAIN_SECONDS = 0.02
_PATIENCE_SECONDS = 25.0
_FIELDS = {"price": FieldName.PRICE, "compareAtPrice": FieldName.COMPARE_AT_PRICE}

Values = dict[tuple[str, FieldName], Decimal | None]


@dataclass(frozen=True, slots=True, order=True)
class Written:
    """One value that replaced another in a store; None stands for no value."""

    resource_id: str
    field: FieldName
    before: Decimal | None
    after: Decimal | None

    def inverse(self) -> "Written":
        """Return what takes it back."""
        return Written(self.resource_id, self.field, self.after, self.before)


def written_by(changes: Iterable[Change]) -> Counter[Written]:
    """Return what the store should have seen if each change was applied once."""
    return Counter(
        Written(
            change.target.resource_id,
            change.target.field,
            amount_of(change.before),
            amount_of(change.after),
        )
        for change in changes
    )


def amount_of(value: Value) -> Decimal | None:
    """Return the amount of a value, or None where there is none."""
    return value.amount if isinstance(value, Money) else None


def values_in(catalogue: dict[str, Any]) -> Values:
    """Return every value that runs can change, by variant and field."""
    return {
        (variant_id, field): _decimal(variant[name])
        for product in catalogue["products"].values()
        for variant_id, variant in product["variants"].items()
        for name, field in _FIELDS.items()
    }


class Shop:
    """One store of the sandbox, through its control routes."""

    def __init__(self, name: str, address: str) -> None:
        """Take the store's configured name and its address."""
        self.name = name
        self.address = address
        self._http = httpx.AsyncClient(base_url=f"{address}/_sandbox/", timeout=30, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def catalogue(self) -> dict[str, Any]:
        """Return everything that the store holds now."""
        found: dict[str, Any] = await self._ask("GET", "catalogue")
        return found

    async def products(self) -> list[str]:
        """Return the ids of all products, in the order in which runs take them."""
        return sorted((await self.catalogue())["products"], key=_number)

    async def journal(self) -> list[dict[str, Any]]:
        """Return every write that the store received, applied or not."""
        entries: list[dict[str, Any]] = await self._ask("GET", "journal")
        return entries

    async def writes(self) -> list[Written]:
        """Return the values that were applied for clients, in their order."""
        return [
            Written(
                entry["resource_id"],
                _FIELDS[entry["field"]],
                _decimal(entry["before"]),
                _decimal(entry["after"]),
            )
            for entry in await self.journal()
            if entry["applied"] and entry["operation"] != "external_edit"
        ]

    async def requests(self) -> int:
        """Return how many requests of its platform's interface the store has received."""
        return int((await self._ask("GET", "statistics"))["requests"])

    async def edit(self, resource_id: str, field: str, value: str) -> None:
        """Change one field as somebody else would."""
        await self._ask(
            "POST", "edit", {"resource_id": resource_id, "field": field, "value": value}
        )

    async def disturb(self, kind: str, **settings: object) -> "Disturbance":
        """Ask for a fault; see `sandbox.faults.Fault` for the settings."""
        fault = await self._ask("POST", "faults", {"kind": kind, **settings})
        return Disturbance(self, int(fault["id"]))

    async def calm(self) -> None:
        """End every fault."""
        await self._ask("DELETE", "faults")

    async def _ask(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401
        answer = await self._http.request(method, path, json=content)
        assert answer.is_success, answer.text
        return answer.json()

    async def fault(self, number: int) -> dict[str, Any]:
        """Return what a fault has done so far."""
        found: dict[str, Any] = await self._ask("GET", f"faults/{number}")
        return found

    async def release(self, number: int) -> None:
        """Let a fault's held requests go on."""
        await self._ask("POST", f"faults/{number}/release")


class Disturbance:
    """A fault that a store was asked for."""

    def __init__(self, shop: Shop, number: int) -> None:
        """Take the store and the fault's number there."""
        self._shop = shop
        self._number = number

    async def used(self) -> int:
        """Return how many requests it has met."""
        return int((await self._shop.fault(self._number))["used"])

    async def holds(self) -> None:
        """Return once a request is being held."""
        await self._until(1)

    async def release(self) -> None:
        """Let the request go on that is held, and return once it does."""
        await self._shop.release(self._number)
        await self._until(0)

    async def _until(self, held: int) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while (await self._shop.fault(self._number))["held"] != held:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            fault = await self._shop.fault(self._number)
            raise AssertionError(f"{self._shop.name} does not hold {held}: {fault}") from None


def _number(resource_id: str) -> int:
    return int(resource_id.rpartition("/")[2])


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
