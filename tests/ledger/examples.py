"""Runs, change sets and audit events as tests need them, and strategies that invent others."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import strategies as st

from steward.approvals import Decision, DecisionRecord, DecisionVerdict, Door
from steward.audit import AuditEvent, AuditKind
from steward.catalog import PRICE_FIELDS, ByTag, Product, Snapshot, Variant
from steward.changes import Change, ChangeSet, FieldName, Outcome, ResourceKind, Target
from steward.claims import Claim, ClaimOrder, Hold
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.money import Money
from steward.policy import NeedsApproval, Risk
from steward.ports import Ledger
from steward.runs import ChunkReference, RunKind, RunStart
from steward.simulation import Prediction, Simulation
from steward.values import ABSENT
from steward.waves import plan_waves

NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
STORE = "summer-shop"


def usd(amount: str) -> Money:
    """Return an amount in US dollars."""
    return Money(amount=Decimal(amount), currency="USD")


def run_start(
    run_id: str = "run-1", *, store: str = STORE, started_at: datetime = NOON
) -> RunStart:
    """Return the start of a run that lowers prices."""
    return RunStart(
        run_id=run_id,
        kind=RunKind.AGENT_RUN,
        store=store,
        agent="pricing-manager",
        template="bulk-price",
        parameters={"percent": "-15", "tag": "Été"},
        requested_by="rita",
        started_at=started_at,
    )


def change_set(size: int, *, after: str = "20.40", of: str = "variant") -> ChangeSet:
    """Return that many prices lowered to `after`, five variants to a product."""
    return ChangeSet(
        store=STORE,
        changes=tuple(
            Change(
                target=Target(
                    resource_kind=ResourceKind.VARIANT,
                    resource_id=f"{of}-{number}",
                    field=FieldName.PRICE,
                ),
                product_id=f"product-{number // 5}",
                label=f"Shirt {number // 5}, size {number % 5}",
                before=usd("24.00"),
                after=usd(after),
            )
            for number in range(size)
        ),
    )


def predictions(changes: ChangeSet) -> list[Prediction]:
    """Return the prediction that each change is applied, five to a request."""
    return [
        Prediction(ordinal=number, outcome=Outcome.APPLIED, request=number // 5)
        for number in range(len(changes.changes))
    ]


def simulation(changes: ChangeSet, run_id: str = "run-1") -> Simulation:
    """Return what a simulation of the change set found out."""
    estimate = CallEstimate(calls=3, points=30, seconds=Decimal("1.5"))
    return Simulation(
        run_id=run_id,
        store=changes.store,
        intent="lower by 15 %",
        plan=plan_waves(run_id, changes),
        impact=measure_impact(changes.changes, [], estimate),
        verdict=NeedsApproval(reasons=("many",), deadline=timedelta(days=3)),
        risk=Risk.MEDIUM,
        simulated_at=NOON,
    )


def chunks(changes: ChangeSet, run_id: str = "run-1") -> list[ChunkReference]:
    """Return the chunks in which the change set is executed."""
    return [chunk for wave in plan_waves(run_id, changes).waves for chunk in wave.chunks]


async def simulated(
    ledger: Ledger, changes: ChangeSet, run_id: str = "run-1", *, undoes_own_run: bool = False
) -> Sequence[ChunkReference]:
    """Open the run, save a simulation of the change set, and return its chunks."""
    await ledger.open_run(run_start(run_id))
    await ledger.save_simulation(
        simulation(changes, run_id),
        changes,
        predictions(changes),
        None,
        undoes_own_run=undoes_own_run,
    )
    return chunks(changes, run_id)


async def held(ledger: Ledger, chunk: ChunkReference, *, undo: bool = False) -> Hold:
    """Claim the fields of the chunk's change set, which nobody else holds."""
    claim = await ledger.claim(ClaimOrder(chunk=chunk, undo=undo), NOON)
    assert isinstance(claim, Claim)
    return claim.hold


def snapshot() -> Snapshot:
    """Return a catalogue of one product."""
    variant = Variant(
        id="variant-0", title="S", sku=None, price=usd("24"), compare_at_price=usd("30.5")
    )
    return Snapshot(
        store=STORE,
        currency="USD",
        selection=ByTag(tag="Été"),
        taken_at=NOON,
        products=(
            Product(id="product-0", title="Shirt", vendor="A", tags=("x",), variants=(variant,)),
        ),
    )


def decision_record(run_id: str = "run-1", *, by: str = "bob") -> DecisionRecord:
    """Return somebody's yes to the digest `d`, as the command line sends it."""
    decision = Decision(run_id=run_id, digest="d", verdict=DecisionVerdict.APPROVE, by=by)
    return DecisionRecord(decision=decision, door=Door.UPDATE, at=NOON)


def audit_event(key: str, *, store: str = STORE, run_id: str = "run-1") -> AuditEvent:
    """Return something that happened at noon."""
    return AuditEvent(
        key=key,
        store=store,
        run_id=run_id,
        kind=AuditKind.WRITTEN,
        actor="steward",
        at=NOON,
        detail=f"wrote {key}",
    )


_numbers = count()


def entry(kind: AuditKind = AuditKind.WRITTEN, run_id: str = "run-1") -> AuditEvent:
    """Return an entry of the audit trail that is unlike any other."""
    event = audit_event(f"entry-{os.getpid()}-{next(_numbers)}", run_id=run_id)
    return event.model_copy(update={"kind": kind})


# PostgreSQL stores every character but NUL.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
amounts = st.decimals(min_value=0, max_value=Decimal("99999999999999.99"), places=2)
values = st.one_of(
    st.just(ABSENT),
    st.builds(Money, amount=amounts, currency=st.sampled_from(["USD", "EUR"])),
    st.builds(
        Money,
        amount=st.integers(min_value=0, max_value=10**15 - 1).map(Decimal),
        currency=st.sampled_from(["JPY", "KWD"]),
    ),
)
targets = st.builds(
    Target,
    resource_kind=st.sampled_from(ResourceKind),
    resource_id=texts,
    field=st.sampled_from(sorted(PRICE_FIELDS)),
)
change_sets = st.builds(
    ChangeSet,
    store=texts,
    changes=st.lists(
        st.builds(
            Change, target=targets, product_id=texts, label=texts, before=values, after=values
        ).filter(lambda change: change.before != change.after),
        min_size=1,
        max_size=12,
        unique_by=lambda change: change.target,
    ).map(tuple),
)
