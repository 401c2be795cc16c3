"""What the checks share: prices to change, and an executor with a journal in memory."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from connectors.conformance.proving import AppliedWrite, Proving
from steward.catalog import EveryProduct, Product, Selection, Snapshot, Variant
from steward.changes import Change, ChangeSet, FieldName, Outcome, Target
from steward.errors import StewardError
from steward.execution import Executor, OutcomeRecord, RecordedChange, WriteRequest
from steward.fidelity import digests_by_change
from steward.money import Money
from steward.ports import Store
from steward.rehearsal import rehearse
from steward.values import ABSENT, Value

_PARALLEL_REQUESTS = 4
_ENOUGH = 3
_FIRST_RETRY = timedelta(seconds=1)
_Priced = tuple[Product, Variant]


def expect(condition: object, message: str) -> None:
    """Raise `AssertionError` with the message unless the condition holds."""
    if not condition:
        raise AssertionError(message)


@dataclass
class MemoryJournal:
    """Remembers the outcome of each change of one change set, and what first carried it."""

    records: dict[int, OutcomeRecord] = field(default_factory=dict)
    carried_by: dict[int, str] = field(default_factory=dict)

    async def may_write(self) -> bool:
        """Return that the run goes on."""
        return True

    async def attempting(self, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> None:
        """Remember what is about to be written."""
        self.carried_by = {**digests_by_change(ordinals, requests), **self.carried_by}
        self.records.update(
            (ordinal, OutcomeRecord(ordinal=ordinal, outcome=Outcome.ATTEMPTING))
            for ordinal in ordinals
        )

    async def outcomes(self, records: Sequence[OutcomeRecord]) -> None:
        """Remember what came of it."""
        self.records.update((record.ordinal, record) for record in records)


class Trial:
    """Executes one change set, again where it was interrupted, as a run would."""

    def __init__(self, store: Store, changes: Sequence[Change]) -> None:
        """Take the store and the changes."""
        self._changes = changes
        self._journal = MemoryJournal()
        self._executor = Executor(store, self._journal, parallel_requests=_PARALLEL_REQUESTS)

    async def execute(self) -> None:
        """Execute what is open once; raises what the store raises."""
        await self._executor.execute(
            [
                RecordedChange(ordinal=ordinal, change=change, outcome=self._outcome(ordinal))
                for ordinal, change in enumerate(self._changes)
            ]
        )

    async def finish(self, proving: Proving, *, attempts: int = 3) -> list[StewardError]:
        """Execute until nothing is open, and return the errors that passed on the way."""
        passed: list[StewardError] = []
        while True:
            try:
                await self.execute()
            except StewardError as error:
                passed.append(error)
                if error.permanent or len(passed) == attempts:
                    raise
                await proving.wait(error.retry_after or _FIRST_RETRY)
            else:
                return passed

    def expect_requests(self, simulated: Mapping[int, str]) -> None:
        """Raise `AssertionError` unless what carried the changes is what was simulated."""
        for ordinal, change in enumerate(self._changes):
            expect(
                self._journal.carried_by.get(ordinal) == simulated.get(ordinal),
                f"{told(change)} went out in another request than was simulated",
            )

    def expect_outcomes(self, expected: Outcome) -> None:
        """Raise `AssertionError` unless every change came to this outcome."""
        for ordinal, change in enumerate(self._changes):
            self.expect_outcome(ordinal, change, expected)

    def expect_outcome(self, ordinal: int, change: Change, expected: Outcome) -> None:
        """Raise `AssertionError` unless this change came to this outcome."""
        found = self._outcome(ordinal)
        reason = self._journal.records[ordinal].reason if ordinal in self._journal.records else ""
        expect(
            found is expected,
            f"{told(change)} should be {expected}, and is {found} {reason}".rstrip(),
        )

    def _outcome(self, ordinal: int) -> Outcome:
        record = self._journal.records.get(ordinal)
        return Outcome.PENDING if record is None else record.outcome


async def simulated_requests(store: Store, changes: Sequence[Change]) -> Mapping[int, str]:
    """Return the digest of the request that would carry each change, by a simulation."""
    change_set = ChangeSet(store=store.name, changes=tuple(changes))
    live = {change.target: change.before for change in changes}
    rehearsal = await rehearse(store, change_set, live, parallel_requests=_PARALLEL_REQUESTS)
    return {one.ordinal: one.request_digest or "" for one in rehearsal.predictions}


def told(change: Change) -> str:
    """Return the change as a failure message names it."""
    target = change.target
    return f"{target.resource_id} {target.field} from {change.before} to {change.after}"


def target_of(variant: Variant, name: FieldName) -> Target:
    """Return the target of one field of what has a price."""
    return Target(resource_kind=variant.resource_kind, resource_id=variant.id, field=name)


def changed(row: _Priced, name: FieldName, after: Value) -> Change:
    """Return the change of one field of what has a price, from what the snapshot says."""
    product, variant = row
    return Change(
        target=target_of(variant, name),
        product_id=product.id,
        label=f"{product.title} {variant.title}",
        before=variant.prices[name],
        after=after,
    )


def _fit(snapshot: Snapshot, wanted: Callable[[Variant], bool]) -> list[_Priced]:
    return [
        (product, variant)
        for product in snapshot.products
        for variant in product.variants
        if variant.price.amount >= 1 and wanted(variant)
    ]


def without_sale(snapshot: Snapshot) -> list[_Priced]:
    """Return what has no compare-at price; raises `AssertionError` where it is too little."""
    found = _fit(snapshot, lambda variant: variant.compare_at_price is None)
    expect(len(found) >= _ENOUGH, "the selection has too few prices without a compare-at price")
    return found


def on_sale(snapshot: Snapshot) -> list[_Priced]:
    """Return what is on sale; raises `AssertionError` where it is too little."""
    found = _fit(
        snapshot,
        lambda variant: (
            variant.compare_at_price is not None
            and variant.compare_at_price.amount > variant.price.amount
        ),
    )
    expect(len(found) >= _ENOUGH, "the selection has too few prices with a compare-at price")
    return found


def lowered(price: Money, percent: int) -> Money:
    """Return the price less so many per cent."""
    share = Decimal(100 - percent) / 100
    return Money.rounded(price.amount * share, price.currency)


def price_changes(snapshot: Snapshot, count: int = _ENOUGH) -> list[Change]:
    """Return lower prices for what is not on sale."""
    return [
        changed(row, FieldName.PRICE, lowered(row[1].price, 10))
        for row in without_sale(snapshot)[:count]
    ]


def sale_changes(snapshot: Snapshot) -> list[Change]:
    """Return a sale that begins, one that goes lower, and one that ends."""
    begins, (lower, ends) = without_sale(snapshot)[:2], on_sale(snapshot)[:2]
    regular = ends[1].compare_at_price
    expect(regular is not None, "what is on sale has a compare-at price")
    return [
        change
        for row in begins
        for change in (
            changed(row, FieldName.PRICE, lowered(row[1].price, 15)),
            changed(row, FieldName.COMPARE_AT_PRICE, row[1].price),
        )
    ] + [
        changed(lower, FieldName.PRICE, lowered(lower[1].price, 5)),
        changed(ends, FieldName.PRICE, regular or ends[1].price),
        changed(ends, FieldName.COMPARE_AT_PRICE, ABSENT),
    ]


async def read(store: Store, proving: Proving) -> Snapshot:
    """Return the snapshot of the products that may be written."""
    return await store.read_catalog(proving.under_test.selection)


async def read_everything(store: Store) -> Snapshot:
    """Return the snapshot of the whole shop."""
    everything: Selection = EveryProduct()
    return await store.read_catalog(everything)


async def expect_values(store: Store, changes: Sequence[Change], *, written: bool = True) -> None:
    """Raise `AssertionError` unless the store holds the new values, or else the old ones."""
    live = await store.read_values([change.target for change in changes])
    for change in changes:
        wanted = change.after if written else change.before
        found = live.get(change.target)
        expect(found == wanted, f"{told(change)} should be {wanted}, and reads back as {found}")


async def expect_held(proving: Proving, changes: Sequence[Change]) -> None:
    """Raise `AssertionError` unless the shop itself holds the new values."""
    held = await proving.held()
    for change in changes:
        found = held.get(change.target)
        expect(found == change.after, f"{told(change)} is {found} in the shop itself")


async def expect_each_once(proving: Proving) -> None:
    """Raise `AssertionError` if a field of the platform was written more than once."""
    counts: Counter[AppliedWrite] = Counter(await proving.applied_writes())
    twice = [write for write, count in counts.items() if count > 1]
    expect(not twice, f"the platform was made to write more than once: {twice}")
