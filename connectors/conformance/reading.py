"""Checks of reading."""

from collections.abc import Mapping

from connectors.conformance.proving import Proving
from connectors.conformance.trial import expect, read_everything, target_of
from steward.catalog import PRICE_FIELDS
from steward.changes import FieldName, Target
from steward.values import ABSENT, Value

_SOME = 20


async def reads_page_completely(proving: Proving) -> None:
    """A snapshot of the whole shop names everything that has a price, with what the shop holds."""
    await proving.reset()
    async with proving.open() as store:
        snapshot = await read_everything(store)
    found = {
        target_of(variant, name): value
        for product in snapshot.products
        for variant in product.variants
        for name, value in variant.prices.items()
    }
    _expect_same(found, _priced(await proving.held()))


async def reads_are_deterministic(proving: Proving) -> None:
    """Two readings of an unchanged shop are equal, order included."""
    await proving.reset()
    async with proving.open() as store:
        first = await store.read_catalog(proving.under_test.selection)
    async with proving.open() as store:
        second = await store.read_catalog(proving.under_test.selection)
    expect(first.products, "the selection is empty")
    expect(first.products == second.products, "two readings of an unchanged shop differ")


async def values_by_id_equal_the_snapshot(proving: Proving) -> None:
    """What is read by id is what the snapshot says; what does not exist is left out."""
    await proving.reset()
    async with proving.open() as store:
        snapshot = await store.read_catalog(proving.under_test.selection)
        values = {
            target_of(variant, name): value
            for product in snapshot.products
            for variant in product.variants
            for name, value in variant.prices.items()
        }
        expect(values, "the selection is empty")
        any_target = next(iter(values))
        missing = any_target.model_copy(
            update={"resource_id": proving.under_test.missing_resource_id}
        )
        live = await store.read_values([missing, *values])
    expect(missing not in live, f"{missing.resource_id} does not exist, and is read all the same")
    _expect_same(live, values)


async def absent_values_are_read_as_absent(proving: Proving) -> None:
    """What is not set reads by id as absent, not as zero nor as the value that it inherits."""
    await proving.reset()
    held = await proving.held()
    absent = [
        target
        for name in PRICE_FIELDS
        for target in [own for own in held if own.field is name and held[own] == ABSENT][:_SOME]
    ]
    expect(absent, "the shop holds no absent value")
    async with proving.open() as store:
        live = await store.read_values(absent)
    _expect_same(live, dict.fromkeys(absent, ABSENT))


def _priced(held: Mapping[Target, Value]) -> dict[Target, Value]:
    prices = {target: value for target, value in held.items() if target.field in PRICE_FIELDS}
    without = {
        (target.resource_kind, target.resource_id)
        for target, value in prices.items()
        if target.field is FieldName.PRICE and value == ABSENT
    }
    return {
        target: value
        for target, value in prices.items()
        if (target.resource_kind, target.resource_id) not in without
    }


def _expect_same(found: Mapping[Target, Value], wanted: Mapping[Target, Value]) -> None:
    missing = [target.resource_id for target in wanted if target not in found]
    expect(not missing, f"{len(missing)} of {len(wanted)} are not read, such as {missing[:3]}")
    strange = [target.resource_id for target in found if target not in wanted]
    expect(not strange, f"{len(strange)} are read that should not be, such as {strange[:3]}")
    for target, value in wanted.items():
        expect(
            found[target] == value,
            f"{target.resource_id} {target.field} reads as {found[target]}, and is {value}",
        )
