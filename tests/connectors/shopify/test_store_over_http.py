"""The store over real HTTP: what is read is what it holds, what is written is what it received."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.stores.shopify import ShopifyStore
from steward.catalog import (
    ByCollection,
    ByIds,
    ByTag,
    ByVendor,
    CatalogDetail,
    EveryProduct,
    Selection,
    Snapshot,
)
from steward.changes import Change, ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreThrottled,
    StoreUnreachable,
)
from steward.execution import Accepted, Answer, Rejected
from steward.intents import Intent
from steward.money import Money
from steward.operations import AdjustPrice, CompareAtRule, SetCompareAtPrice
from steward.values import ABSENT
from tests.connectors.shopify.conftest import Open, SandboxStore

SALE = (AdjustPrice(percent=Decimal(-15)), SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE))


def prices(snapshot: Snapshot) -> dict[str, dict[str, tuple[Decimal, Decimal | None]]]:
    """Return what was read: both prices of each variant of each product."""
    return {
        product.id: {
            variant.id: (
                variant.price.amount,
                None if (was := variant.compare_at_price) is None else was.amount,
            )
            for variant in product.variants
        }
        for product in snapshot.products
    }


def usd(amount: str) -> Money:
    """Return an amount in US dollars."""
    return Money(amount=Decimal(amount), currency="USD")


def costs_in(snapshot: Snapshot) -> dict[str, Money | None]:
    """Return what was read: what a unit of each variant costs."""
    return {row.id: row.cost for product in snapshot.products for row in product.variants}


def held(store: SandboxStore, ids: Sequence[str]) -> dict[str, Any]:
    """Return what the store holds of these products, in the same shape."""
    products = store.catalogue()["products"]
    return {
        product: {
            variant: (
                Decimal(values["price"]),
                None if (was := values["compareAtPrice"]) is None else Decimal(was),
            )
            for variant, values in products[product]["variants"].items()
        }
        for product in ids
    }


async def sale_of(store: ShopifyStore, selection: Selection) -> ChangeSet:
    """Compile 15 % off with the old price crossed out."""
    snapshot = await store.read_catalog(selection)
    return compile_intent(Intent(selection=selection, operations=SALE), snapshot)


async def send_all(store: ShopifyStore, changes: Sequence[Change]) -> list[Answer]:
    """Send all requests at once and return the answers in the order of the changes."""
    requests = store.requests_for(changes)
    answers = await asyncio.gather(*(store.send(request) for request in requests))
    return [answer for each in answers for answer in each]


@pytest.mark.parametrize("name", ["acme", "wide"])
async def test_the_whole_catalogue_is_read_value_for_value(
    name: str, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """Also with hundreds of variants a product."""
    snapshot = await open_store(sandbox[name]).read_catalog(EveryProduct())

    ids = list(sandbox[name].catalogue()["products"])
    assert prices(snapshot) == held(sandbox[name], ids)
    assert [product.id for product in snapshot.products] == sorted(ids)


async def test_unit_costs_are_read_where_they_are_asked_for(
    acme: SandboxStore, open_store: Open
) -> None:
    """A cost that nobody entered is not known, one of zero is, and none is read unasked."""
    store = open_store(acme)
    items = [
        row["inventoryItem"]
        for product in acme.catalogue()["products"].values()
        for row in product["variants"].values()
    ]
    acme.edit(items[0], "cost", None)
    acme.edit(items[1], "cost", "0.00")
    held = {
        variant: row["cost"] and usd(row["cost"])
        for product in acme.catalogue()["products"].values()
        for variant, row in product["variants"].items()
    }
    asked, unasked = [
        await store.read_catalog(EveryProduct(), CatalogDetail(costs=costs))
        for costs in (True, False)
    ]
    assert costs_in(asked) == held
    assert list(held.values()).count(None) == 1
    assert set(costs_in(unasked).values()) == {None}


async def test_each_way_to_select_finds_exactly_its_products(
    acme: SandboxStore, open_store: Open
) -> None:
    """Every collection, tag and vendor of the store, and products by id."""
    store = open_store(acme)
    truth = acme.catalogue()
    products = truth["products"]
    selections: list[tuple[Selection, list[str]]] = [
        (ByCollection(collection=each["handle"]), each["products"])
        for each in truth["collections"].values()
    ]
    selections += [
        (ByTag(tag=tag.upper()), [id_ for id_ in products if tag in products[id_]["tags"]])
        for tag in sorted({tag for product in products.values() for tag in product["tags"]})
    ]
    selections += [
        (ByVendor(vendor=name), [id_ for id_ in products if products[id_]["vendor"] == name])
        for name in sorted({product["vendor"] for product in products.values()})
    ]
    selections += [
        (ByIds(ids=tuple(list(products)[5:9])), list(products)[5:9]),
        (ByCollection(collection="no-such-thing"), []),
        (ByTag(tag='no "such" \\ tag\''), []),
    ]
    for selection, expected in selections:
        snapshot = await store.read_catalog(selection)
        assert {product.id for product in snapshot.products} == set(expected), selection
        assert snapshot.currency == "USD"


async def test_a_sale_is_written_read_back_and_undone(acme: SandboxStore, open_store: Open) -> None:
    """The store then holds what was asked, received each write once, and is as before after."""
    store = open_store(acme)
    change_set = await sale_of(store, ByCollection(collection="summer"))
    targets = [change.target for change in change_set.changes]
    before = acme.catalogue()

    answers = await send_all(store, change_set.changes)

    assert answers == [Accepted()] * len(targets)
    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in change_set.changes}
    assert list(live) == targets
    received = [(entry["resource_id"], entry["field"]) for entry in acme.written()]
    wire = {FieldName.PRICE: "price", FieldName.COMPARE_AT_PRICE: "compareAtPrice"}
    assert sorted(received) == sorted(
        (target.resource_id, wire[target.field]) for target in targets
    )

    await send_all(store, change_set.inverse().changes)
    assert acme.catalogue() == before


async def test_a_compare_at_price_that_is_not_there_is_absent(
    acme: SandboxStore, open_store: Open
) -> None:
    """And a variant that is gone is left out of the values."""
    store = open_store(acme)
    change_set = await sale_of(store, EveryProduct())
    target = next(change.target for change in change_set.changes if change.before == ABSENT)
    gone = target.model_copy(update={"resource_id": "gid://shopify/ProductVariant/1"})

    assert await store.read_values([gone, target]) == {target: ABSENT}


async def test_a_refused_variant_leaves_the_others_written(
    acme: SandboxStore, open_store: Open
) -> None:
    """A variant that is gone is refused by name; its neighbours are applied."""
    store = open_store(acme)
    change_set = await sale_of(store, EveryProduct())
    product = change_set.changes[-1].product_id
    own = [change for change in change_set.changes if change.product_id == product]
    gone = own[0].target.model_copy(update={"resource_id": "gid://shopify/ProductVariant/1"})
    stray = own[0].model_copy(update={"target": gone})

    answers = await send_all(store, [stray, *own])

    assert answers[0] == Rejected(
        code="PRODUCT_VARIANT_DOES_NOT_EXIST", reason="Product variant does not exist"
    )
    assert answers[1:] == [Accepted()] * len(own)
    live = await store.read_values([change.target for change in own])
    assert live == {change.target: change.after for change in own}


async def test_a_product_that_is_gone_refuses_all_its_changes(
    acme: SandboxStore, open_store: Open
) -> None:
    """The reason is the platform's own."""
    store = open_store(acme)
    change_set = await sale_of(store, ByCollection(collection="summer"))
    stray = change_set.changes[0].model_copy(update={"product_id": "gid://shopify/Product/1"})
    assert await send_all(store, [stray]) == [
        Rejected(code="PRODUCT_DOES_NOT_EXIST", reason="Product does not exist")
    ]


LOST_ANSWERS = [
    ({"kind": "lost_answer"}, StoreUnreachable, True),
    ({"kind": "disconnect"}, StoreUnreachable, False),
    ({"kind": "server_error", "status": 502, "apply_anyway": True}, StoreUnreachable, True),
    ({"kind": "server_error", "status": 503}, StoreUnreachable, False),
    ({"kind": "garbage", "apply_anyway": True}, StoreAnswerInvalid, True),
]


@pytest.mark.parametrize(("fault", "reading", "applied"), LOST_ANSWERS)
async def test_a_lost_answer_to_a_write_is_unknown_and_resolved_by_reading(
    fault: dict[str, object],
    reading: type[StewardError],
    applied: bool,  # noqa: FBT001 - one column of the table
    acme: SandboxStore,
    open_store: Open,
) -> None:
    """Whether it was applied or not, the writer cannot tell; the value read by id can."""
    store = open_store(acme)
    change = (await sale_of(store, ByCollection(collection="summer"))).changes[0]
    (request,) = store.requests_for([change])

    acme.fault(**fault)
    with pytest.raises(AnswerLost):
        await store.send(request)

    live = await store.read_values([change.target])
    assert live == {change.target: change.after if applied else change.before}
    acme.fault(**fault)
    with pytest.raises(reading):
        await store.read_values([change.target])


async def test_a_throttled_write_was_not_applied(acme: SandboxStore, open_store: Open) -> None:
    """It says when to come back."""
    store = open_store(acme)
    change = (await sale_of(store, ByCollection(collection="summer"))).changes[0]

    acme.fault(kind="throttle")
    with pytest.raises(StoreThrottled) as caught:
        await send_all(store, [change])

    assert caught.value.retry_after is not None
    assert acme.written() == []


async def test_a_wrong_token_and_a_missing_scope_are_told_apart(
    sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """The missing scope is named."""
    stranger = open_store(replace(sandbox["narrow"], token="shpat_wrong"))
    with pytest.raises(CredentialsRejected, match="refuses the access token"):
        await stranger.read_catalog(EveryProduct())

    reader = open_store(sandbox["narrow"])
    change_set = await sale_of(reader, EveryProduct())
    with pytest.raises(CredentialsRejected, match="write_products"):
        await send_all(reader, change_set.changes[:1])


async def test_a_store_that_is_not_there_is_unreachable(
    sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """For a write, too: it certainly was not applied."""
    change_set = await sale_of(open_store(sandbox["acme"]), ByCollection(collection="summer"))
    nowhere = open_store(replace(sandbox["acme"], address="http://127.0.0.1:1"))
    with pytest.raises(StoreUnreachable, match="cannot be reached: the connection was not"):
        await send_all(nowhere, change_set.changes[:1])


async def test_many_writes_at_once_keep_within_the_allowance(
    sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """Calls beyond what the smallest plan bears wait their turn, and none is throttled."""
    small = sandbox["small"]
    stores = [open_store(small), open_store(small)]
    change_set = await sale_of(stores[0], EveryProduct())
    undo = change_set.inverse()

    await asyncio.gather(
        *(send_all(store, each.changes) for store in stores for each in (change_set, undo))
    )

    figures = small.statistics()
    assert figures["points_actual"] > 2000
    assert figures["throttled"] == 0
