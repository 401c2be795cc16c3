"""The ledger and the shop as one attempt of a step sees them: each call waits for its turn."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from ledger.database import SqlLedger
from steward.agents import Template
from steward.capabilities import EVERYTHING, Capabilities
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, Target
from steward.claims import WhenClaimed
from steward.execution import Answer, CallEstimate, WriteRequest
from steward.ports import Store
from steward.values import Value
from tests.interleaving.turns import LONGEST_CALL, LONGEST_OPERATION, Attempt, Turns, Wire
from tests.workflows.fakes import OneTemplate

# Calls that change nothing between runs, left out for speed.
_SILENT = {"append_audit", "enter_stage", "note_wait"}


class LedgerInTurn:
    """The ledger, each of whose calls waits for its turn."""

    def __init__(self, ledger: SqlLedger, turns: Turns, attempt: Attempt) -> None:
        self._ledger = ledger
        self._turns = turns
        self._attempt = attempt

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._ledger, name)

        async def in_turn(*arguments: object, **named: object) -> object:
            if name in _SILENT:
                return None
            await self._turns.turn(self._attempt.run, self._attempt, name)
            with self._turns.calling():
                return await method(*arguments, **named)

        return in_turn


class ShopInTurn:
    """The shop, each of whose calls waits for its turn, as one attempt of a step sees it."""

    def __init__(self, turns: Turns, attempt: Attempt) -> None:
        self._turns = turns
        self._attempt = attempt
        self.name = turns.store

    def platform(self, store: str) -> str:
        return store

    def capabilities(self, store: str) -> Capabilities:
        del store
        return EVERYTHING

    @asynccontextmanager
    async def open(self, store: str) -> AsyncIterator[Store]:
        del store
        yield self

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        raise NotImplementedError(selection, detail)

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        await self._turns.turn(self._attempt.run, self._attempt, "read_values")
        return {target: self._turns.values[target] for target in targets}

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        return tuple(
            WriteRequest(
                resource=change.product_id,
                operation="write",
                body="{}",
                points=1,
                changes=(change,),
            )
            for change in changes
        )

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        raise NotImplementedError(request)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        return CallEstimate(calls=len(requests), points=0, seconds=Decimal(0))

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        yield len(requests)

    def waiting(self) -> None:
        return None

    def bulk_chunk(self, changes: Sequence[Change]) -> None:
        del changes

    async def until_at_rest(self, origin: str) -> None:
        while any(one.request.origin == origin and one.is_operation for one in self._turns.wires):
            await self._turns.turn(self._attempt.run, self._attempt, "until_at_rest", later=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        if self._attempt.is_lost:
            raise asyncio.CancelledError
        answer: asyncio.Future[tuple[Answer, ...]] = asyncio.get_running_loop().create_future()
        in_bulk = self._attempt.run.writes_in_bulk
        until = self._turns.time + (LONGEST_OPERATION if in_bulk else LONGEST_CALL)
        self._turns.wires.append(Wire(self._attempt, request, until, answer))
        return await answer


class Templates(OneTemplate):
    """The one template, which says what its runs do about claimed fields."""

    def __init__(self, when_claimed: WhenClaimed) -> None:
        self._when_claimed = when_claimed

    def template(self, name: str) -> Template:
        return super().template(name).model_copy(update={"when_claimed": self._when_claimed})
