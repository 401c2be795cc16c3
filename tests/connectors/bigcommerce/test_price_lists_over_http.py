"""Price lists over real HTTP: read, written, read back and undone."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from steward.catalog import CatalogDetail, EveryProduct, PriceList
from steward.changes import Change, FieldName
from steward.errors import InvalidInput
from steward.execution import Accepted, Rejected
from steward.operations import (
    AdjustPrice,
    CompareAtRule,
    Operation,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
)
from steward.values import ABSENT
from tests.connectors.bigcommerce.conftest import Open, SandboxStore
from tests.connectors.bigcommerce.test_fields_over_http import compiled, written
from tests.connectors.bigcommerce.test_store_over_http import send_all, without_times


def sale(price_list: str) -> tuple[Operation, ...]:
    """Return 15 % off the prices of a list, with the old price crossed out."""
    return (
        AdjustPrice(percent=Decimal(-15), price_list=price_list),
        SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE, price_list=price_list),
    )


def lowered(price_list: str) -> tuple[Operation, ...]:
    """Return 15 % off the prices of a list, and no more."""
    return sale(price_list)[:1]


def records(store: SandboxStore, price_list: int) -> dict[str, dict[str, Any]]:
    """Return the records of a price list, by the variants' names."""
    found: dict[str, dict[str, Any]] = {}
    for name, own in store.catalogue()["price_records"].items():
        _, number, _, variant, _ = name.split("/")
        if int(number) == price_list:
            found[f"variants/{variant}"] = own
    return found


def variants(store: SandboxStore) -> set[str]:
    """Return the names of all variants."""
    products = store.catalogue()["products"].values()
    return {name for product in products for name in product["variants"]}


async def test_prices_are_read_by_list_with_what_is_inherited(
    acme: SandboxStore, open_store: Open
) -> None:
    """Every variant has one, its own or the catalogue's; without a list none are read."""
    store = open_store(acme)
    assert not (await store.read_catalog(EveryProduct())).products[0].list_prices

    detail = CatalogDetail(price_lists=("wholesale", "2"))
    snapshot = await store.read_catalog(EveryProduct(), detail)

    wholesale, staff = PriceList(id="1", name="Wholesale"), PriceList(id="2", name="Staff")
    assert snapshot.price_lists == {"wholesale": wholesale, "2": staff}
    rows = [row for product in snapshot.products for row in product.list_prices]
    for price_list in (wholesale, staff):
        own = records(acme, int(price_list.id))
        of_list = [row for row in rows if row.price_list == price_list]
        assert {f"variants/{row.variant.id}" for row in of_list} == variants(acme)
        assert {
            f"variants/{row.variant.id}": row.variant.price.amount
            for row in of_list
            if not row.inherits
        } == {name: Decimal(str(one["price"])) for name, one in own.items()}
    assert all(row.inherits for row in rows if row.price_list == staff)


@pytest.mark.parametrize("name", ["Wholesale", "Staff"])
@pytest.mark.parametrize("operations", [lowered, sale])
async def test_a_lists_prices_are_written_and_undone(
    name: str,
    operations: Callable[[str], tuple[Operation, ...]],
    acme: SandboxStore,
    open_store: Open,
) -> None:
    """Variants that inherited get a record, which the undo deletes; the shop's prices stay."""
    store = open_store(acme)
    number = 1 if name == "Wholesale" else 2
    change_set = await compiled(store, operations(name), EveryProduct())
    before, products = records(acme, number), without_times(acme.catalogue())

    await written(store, change_set.changes)

    assert len(records(acme, number)) > len(before)
    assert without_times(acme.catalogue()) == products
    await written(store, change_set.inverse().changes)
    after = records(acme, number)
    # A sale that began in a record ends by a sale price that is the price.
    assert {one: {"price": own["price"]} for one, own in after.items()} == before
    assert all(own.get("sale_price", own["price"]) == own["price"] for own in after.values())


async def test_a_sale_that_a_list_had_before_is_restored_to_the_letter(
    acme: SandboxStore, open_store: Open
) -> None:
    """Also where it is free, since 0 is a price in a list."""
    store = open_store(acme)
    names = list(records(acme, 1))[:2]
    for place, name in enumerate(names):
        resource = f"pricelists/1/records/{name.partition('/')[2]}/USD"
        acme.edit(resource, "sale_price", place)
    before = acme.catalogue()["price_records"]
    ended = (RestoreCompareAtPrice(price_list="Wholesale"),)
    change_set = await compiled(store, ended, EveryProduct())
    own = [
        change for change in change_set.changes if f"variants/{change.target.resource_id}" in names
    ]

    await written(store, own)
    await written(store, [change.inverse() for change in reversed(own)])

    assert acme.catalogue()["price_records"] == before


async def test_a_variant_that_is_gone_is_refused_and_the_others_are_written(
    acme: SandboxStore, open_store: Open
) -> None:
    """The platform saves the others of the batch although it answers with a refusal."""
    store = open_store(acme)
    changes = (await compiled(store, lowered("Staff"), EveryProduct())).changes
    lost = changes[1].target.model_copy(update={"resource_id": "999999"})
    mixed: Sequence[Change] = [
        changes[0],
        changes[1].model_copy(update={"target": lost}),
        *changes[2:],
    ]

    answers = await send_all(store, mixed)

    assert answers[lost] == Rejected(code="422", reason="999999 is no variant of this store")
    assert {answer for target, answer in answers.items() if target != lost} == {Accepted()}
    assert lost not in await store.read_values(list(answers))


async def test_the_shops_own_prices_and_a_lists_are_told_apart(
    acme: SandboxStore, open_store: Open
) -> None:
    """The same variant has both."""
    store = open_store(acme)
    both = (*lowered("Staff"), AdjustPrice(percent=Decimal(10)))
    change_set = await compiled(store, both, EveryProduct())
    keys = {(change.target.key, change.before == ABSENT) for change in change_set.changes}
    assert keys == {("", False), ("2", True)}

    await written(store, change_set.changes)

    prices = [one for one in change_set.changes if one.target.field is FieldName.PRICE]
    live = await store.read_values([change.target for change in prices])
    assert live == {change.target: change.after for change in prices}


async def test_a_list_that_is_not_there_is_told(acme: SandboxStore, open_store: Open) -> None:
    """Rather than that nothing would change."""
    with pytest.raises(InvalidInput, match="'acme' has no price list 'Retail'"):
        await compiled(open_store(acme), lowered("Retail"), EveryProduct())
