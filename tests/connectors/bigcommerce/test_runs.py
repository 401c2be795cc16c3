"""The connector under the executor: what was simulated is written, lost answers are resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from connectors.stores.bigcommerce import BigCommerceStore
from connectors.stores.directory import ConfiguredStores
from steward.catalog import EveryProduct
from steward.changes import Outcome
from steward.errors import AnswerLost
from steward.execution import Executor, OutcomeRecord, RecordedChange, WriteRequest
from steward.operations import AdjustStock, ChangeCategories, Operation
from steward.rehearsal import rehearse
from tests.connectors.bigcommerce.conftest import Open, SandboxStore
from tests.connectors.bigcommerce.test_fields_over_http import REWRITTEN, compiled
from tests.connectors.bigcommerce.test_price_lists_over_http import sale
from tests.connectors.bigcommerce.test_store_over_http import LOWER, changes_of


@dataclass
class MemoryJournal:
    """A journal that keeps what it is told."""

    outcome: dict[int, Outcome] = field(default_factory=dict)

    async def may_write(self) -> bool:
        return True

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        assert requests
        self.outcome.update(dict.fromkeys(ordinals, Outcome.ATTEMPTING))

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        self.outcome.update((record.ordinal, record.outcome) for record in records)


MOVED = ChangeCategories(add=("Clearance",), remove=("summer",))
RESTOCKED = AdjustStock(units=30, location="1")


@pytest.mark.parametrize(
    ("operations", "more"),
    [
        ((LOWER,), 0),
        ((*REWRITTEN, LOWER), 0),
        ((MOVED,), 0),
        (sale("Staff"), 0),
        # Stock that lags is looked for more than once.
        ((RESTOCKED,), 8),
        ((*REWRITTEN, LOWER, MOVED, RESTOCKED, *sale("Wholesale")), 8),
    ],
    ids=["prices", "texts", "categories", "price list", "stock", "everything"],
)
async def test_a_run_sends_what_was_simulated_and_needs_no_more_calls(
    operations: Sequence[Operation], more: int, acme: SandboxStore, open_store: Open
) -> None:
    """Also for prices alone, for which the comparison's reading says which field they are."""
    store = open_store(acme)
    change_set = await compiled(store, operations, EveryProduct())
    before = {change.target: change.before for change in change_set.changes}
    rehearsal = await rehearse(store, change_set, before, parallel_requests=100)
    used = acme.statistics()["quota"]["used"]
    journal = MemoryJournal()

    await Executor(store, journal, parallel_requests=100).execute(
        [
            RecordedChange(ordinal=ordinal, change=change, outcome=Outcome.PENDING)
            for ordinal, change in enumerate(change_set.changes)
        ]
    )
    live = await store.read_values(list(before))

    assert set(journal.outcome.values()) == {Outcome.APPLIED}
    assert {prediction.outcome for prediction in rehearsal.predictions} == {Outcome.APPLIED}
    assert live == {change.target: change.after for change in change_set.changes}
    calls = acme.statistics()["quota"]["used"] - used
    assert rehearsal.estimate.calls <= calls <= rehearsal.estimate.calls + more


async def test_a_lost_answer_is_resolved_by_reading_and_nothing_is_written_twice(
    acme: SandboxStore, open_store: Open
) -> None:
    """The second execution finds what the first one could not know."""
    store = open_store(acme)
    change_set = await changes_of(store, EveryProduct())
    journal = MemoryJournal()
    executor = Executor(store, journal, parallel_requests=2)
    acme.fault(kind="lost_answer", match={"kind": "mutation"})

    with pytest.raises(AnswerLost):
        await executor.execute(
            [
                RecordedChange(ordinal=ordinal, change=change, outcome=Outcome.PENDING)
                for ordinal, change in enumerate(change_set.changes)
            ]
        )
    assert Outcome.ATTEMPTING in journal.outcome.values()
    await executor.execute(
        [
            RecordedChange(
                ordinal=ordinal,
                change=change,
                outcome=journal.outcome.get(ordinal, Outcome.PENDING),
            )
            for ordinal, change in enumerate(change_set.changes)
        ]
    )

    assert set(journal.outcome.values()) == {Outcome.APPLIED}
    received = [(entry["resource_id"], entry["field"]) for entry in acme.written()]
    assert len(received) == len(set(received))


@dataclass
class Token:
    """Where a token is kept."""

    text: str

    def resolve(self) -> SecretStr:
        return SecretStr(self.text)


@dataclass
class Settings:
    """How one store is configured."""

    platform: str
    address: str
    access_token: Token
    options: Mapping[str, float] = field(default_factory=dict)


async def test_a_configured_store_is_opened_by_name(acme: SandboxStore) -> None:
    """Its uses share one pacer, and its address has a path."""
    settings = Settings("bigcommerce", acme.address, Token(acme.token))
    stores = ConfiguredStores({"acme": settings})
    async with stores.open("acme") as first, stores.open("acme") as second:
        assert isinstance(first, BigCommerceStore)
        assert isinstance(second, BigCommerceStore)
        assert first.pacer is second.pacer
        assert (await first.read_catalog(EveryProduct())).products
    await stores.aclose()
