"""What it costs to keep which requests were predicted and sent, for a large change set.

    python -m benchmarks.fidelity

Simulates a price change of 100,000 variants, stores it, marks all of it as sent in batches of some
requests, and computes the fidelity; on SQLite, in a folder that is deleted again.
"""

import argparse
import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from activities.simulator import ChangeSetSimulator
from connectors.stores.shopify import ShopifyConnection, ShopifyStore
from ledger.database import SqlLedger, migrate, open_ledger
from steward.audit import AuditEvent, AuditKind
from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target
from steward.claims import Claim, ClaimOrder
from steward.fidelity import digests_by_change
from steward.money import Money
from steward.policy import Policy
from steward.runs import RunKind, RunStart
from steward.simulation import Simulation
from steward.steps import SimulationOrder

_STORE, _RUN = "shop", "run-1"
_VARIANTS = 4
_PARALLEL_REQUESTS = 8
_REQUESTS_TOGETHER = 4


class WallClock:
    """The time of day."""

    def now(self) -> datetime:
        """Return it."""
        return datetime.now(UTC)


def change_set(size: int) -> ChangeSet:
    """Return that many lower prices, four variants to a product."""
    before, after = (Money(amount=Decimal(text), currency="USD") for text in ("24.00", "20.40"))
    return ChangeSet(
        store=_STORE,
        changes=tuple(
            Change(
                target=Target(
                    resource_kind=ResourceKind.VARIANT,
                    resource_id=f"gid://shopify/ProductVariant/{number}",
                    field=FieldName.PRICE,
                ),
                product_id=f"gid://shopify/Product/{number // _VARIANTS}",
                label=f"Shirt {number // _VARIANTS}",
                before=before,
                after=after,
            )
            for number in range(size)
        ),
    )


async def measure(size: int, folder: Path) -> dict[str, float]:
    """Return the seconds of computing that each step takes, whatever else the machine does."""
    changes = change_set(size)
    connection = ShopifyConnection(_STORE, "https://shop.example")
    store = connection.store(SecretStr("unused"))
    live = {change.target: change.before for change in changes.changes}
    order = SimulationOrder(run_id=_RUN, store=_STORE, headline="lower prices")
    simulator = ChangeSetSimulator(WallClock(), parallel_requests=_PARALLEL_REQUESTS)
    seconds: dict[str, float] = {}
    file = folder / "ledger.db"
    url = f"sqlite:///{file}"
    begun = time.process_time()
    simulation, predictions = await simulator.simulate(order, store, changes, live, Policy())
    seconds["simulate"] = time.process_time() - begun
    await asyncio.to_thread(migrate, url)
    async with open_ledger(url) as ledger:
        await ledger.open_run(_start())
        begun = time.process_time()
        await ledger.save_simulation(simulation, changes, predictions, None)
        seconds["save"] = time.process_time() - begun
        begun = time.process_time()
        batches = await _mark_all(ledger, simulation, changes, store)
        seconds["mark"] = time.process_time() - begun
        seconds["mark_one_batch"] = seconds["mark"] / batches
        begun = time.process_time()
        fidelity = await ledger.fidelity(_RUN, changes.digest)
        seconds["fidelity"] = time.process_time() - begun
    await connection.aclose()
    if fidelity is None or not fidelity.is_full or fidelity.sent != size:
        raise AssertionError(f"all of it was sent as predicted, and it says {fidelity}")
    return {step: round(took, 4) for step, took in seconds.items()}


def _start() -> RunStart:
    return RunStart(
        run_id=_RUN,
        kind=RunKind.AGENT_RUN,
        store=_STORE,
        agent="pricing-manager",
        template="bulk-price",
        parameters={},
        requested_by="rita",
        started_at=datetime.now(UTC),
    )


async def _mark_all(
    ledger: SqlLedger, simulation: Simulation, changes: ChangeSet, store: ShopifyStore
) -> int:
    """Mark every change as the executor does, and return how many transactions that took."""
    batches = 0
    for wave in simulation.plan.waves:
        for chunk in wave.chunks:
            claim = await ledger.claim(ClaimOrder(chunk=chunk), datetime.now(UTC))
            if not isinstance(claim, Claim):
                raise AssertionError(f"nobody else holds anything, and it says {claim}")  # noqa: TRY004
            own = changes.changes[chunk.first : chunk.last + 1]
            ordinals = {change.target: chunk.first + place for place, change in enumerate(own)}
            requests = store.requests_for(own)
            for start in range(0, len(requests), _REQUESTS_TOGETHER):
                some = requests[start : start + _REQUESTS_TOGETHER]
                carried = [ordinals[change.target] for one in some for change in one.changes]
                batches += 1
                await ledger.mark_attempting(
                    chunk,
                    carried,
                    claim.hold,
                    _entry(batches),
                    digests=digests_by_change(carried, some),
                )
    return batches


def _entry(number: int) -> AuditEvent:
    return AuditEvent(
        key=f"{_RUN}:{number}",
        store=_STORE,
        run_id=_RUN,
        kind=AuditKind.WRITING,
        actor="steward",
        at=datetime.now(UTC),
        detail="",
    )


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=100_000)
    size = parser.parse_args().changes
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(size, Path(folder)))
        used = sum(part.stat().st_size for part in Path(folder).iterdir())
        figures["bytes_a_change"] = round(used / size, 1)
    print(json.dumps({"changes": size} | figures, indent=2))


if __name__ == "__main__":
    main()
