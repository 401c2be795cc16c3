"""The store over real HTTP: what is read is what it holds, what is written is what it received."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.stores.bigcommerce import BigCommerceStore
from steward.catalog import (
    ByCollection,
    ByIds,
    ByVendor,
    CatalogDetail,
    EveryProduct,
    Selection,
    Snapshot,
)
from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target
from steward.compilation import compile_intent
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)
from steward.execution import Accepted, Answer, Rejected
from steward.intents import Intent
from steward.money import Money
from steward.operations import (
    AdjustPrice,
    CompareAtRule,
    Operation,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
)
from steward.values import ABSENT
from tests.connectors.bigcommerce.conftest import Open, SandboxStore
from tests.connectors.bigcommerce.fakes import COMPARE_AT, KINDS, PRICE

LOWER = AdjustPrice(percent=Decimal(-15))
SALE = (LOWER, SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE))
ENDED = (RestoreCompareAtPrice(),)
Prices = tuple[Decimal, Decimal | None]


def shown(snapshot: Snapshot) -> dict[str, Prices]:
    """Return what was read, by the sandbox's names of products and variants."""
    return {
        f"{row.resource_kind}s/{row.id}": (
            row.price.amount,
            None if row.compare_at_price is None else row.compare_at_price.amount,
        )
        for product in snapshot.products
        for row in product.variants
    }


def held(store: SandboxStore) -> dict[str, Prices]:
    """Return what the store holds, in the same shape: own prices of products and variants."""
    products = store.catalogue()["products"]
    rows = products | {
        name: variant
        for product in products.values()
        for name, variant in product["variants"].items()
        if variant["price"] is not None
    }
    return {name: own_prices(row) for name, row in rows.items()}


def own_prices(row: dict[str, Any]) -> Prices:
    """Return the price and the crossed-out price of one row."""
    regular, sale = Decimal(str(row["price"])), Decimal(str(row["sale_price"] or 0))
    return (sale, regular) if sale else (regular, None)


async def changes_of(
    store: BigCommerceStore, selection: Selection, operations: Sequence[Operation] = SALE
) -> ChangeSet:
    """Compile the operations; 15 % off with the old price crossed out unless told."""
    snapshot = await store.read_catalog(selection)
    return compile_intent(Intent(selection=selection, operations=tuple(operations)), snapshot)


async def send_all(store: BigCommerceStore, changes: Sequence[Change]) -> dict[Target, Answer]:
    """Send all requests at once and return the answer to each change."""
    requests = store.requests_for(changes)
    answers = await asyncio.gather(*(store.send(request) for request in requests))
    return {
        change.target: answer
        for request, own in zip(requests, answers, strict=True)
        for change, answer in zip(request.changes, own, strict=True)
    }


async def test_unit_costs_are_read_where_they_are_asked_for(
    acme: SandboxStore, open_store: Open
) -> None:
    """A variant's own cost goes before its product's, and 0 is what nobody entered."""
    store = open_store(acme)
    products = acme.catalogue()["products"]
    unknown, dear = list(products)[:2]
    acme.edit(unknown, "cost_price", 0)
    acme.edit(next(iter(products[dear]["variants"])), "cost_price", 4321.001)
    asked, unasked = [
        await store.read_catalog(EveryProduct(), CatalogDetail(costs=costs))
        for costs in (True, False)
    ]
    costs = {f"products/{one.id}": one.variants[0].cost for one in asked.products}
    assert costs.pop(unknown) is None
    assert costs.pop(dear) == Money(amount=Decimal("4321.01"), currency="USD")
    assert costs == {
        name: Money(amount=Decimal(str(row["cost_price"])), currency="USD")
        for name, row in products.items()
        if name in costs
    }
    assert {row.cost for product in unasked.products for row in product.variants} == {None}


@pytest.mark.parametrize("name", ["acme", "wide", "kyoto"])
async def test_the_whole_catalogue_is_read_value_for_value(
    name: str, bigcommerce_sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """Also over several pages, and in a currency without cents."""
    store = bigcommerce_sandbox[name]
    if name == "wide":
        # Numbers of products and of variants overlap in a larger shop, see `Snapshot`.
        selection: Selection = ByIds(ids=tuple(str(number) for number in range(111, 361)))
    else:
        selection = EveryProduct()
    snapshot = await open_store(store).read_catalog(selection)

    found = shown(snapshot)
    truth = held(store)
    unit = Decimal(1) if name == "kyoto" else Decimal("0.01")
    assert found == {
        key: tuple(None if one is None else one.quantize(unit) for one in truth[key])
        for key in found
    }
    assert snapshot.currency == ("JPY" if name == "kyoto" else "USD")
    ids = [int(product.id) for product in snapshot.products]
    assert ids == sorted(ids)
    if name != "wide":
        assert found.keys() == truth.keys()


async def test_each_way_to_select_finds_exactly_its_products(
    acme: SandboxStore, open_store: Open
) -> None:
    """Every category by name and by path, every brand, and products by id."""
    store = open_store(acme)
    truth = acme.catalogue()
    products = {name.partition("/")[2]: one for name, one in truth["products"].items()}
    selections: list[tuple[Selection, list[str]]] = []
    for number, category in truth["categories"].items():
        inside = [id_ for id_, one in products.items() if int(number) in one["categories"]]
        path = category["name"].lower().replace(" ", "-")
        selections += [
            (ByCollection(collection=text), inside)
            for text in (category["name"].upper(), path, f"/{path}/")
        ]
    everything = await store.read_catalog(EveryProduct())
    vendors = {product.id: product.vendor for product in everything.products}
    assert "" not in vendors.values()
    for vendor in sorted(set(vendors.values())):
        same = {one["brand_id"] for id_, one in products.items() if vendors[id_] == vendor}
        assert len(same) == 1
        inside = [id_ for id_, one in products.items() if one["brand_id"] in same]
        selections.append((ByVendor(vendor=vendor.upper()), inside))
    selections += [
        (ByIds(ids=tuple(list(products)[5:9])), list(products)[5:9]),
        (ByCollection(collection="no-such-thing"), []),
        (ByVendor(vendor="Kumo"), []),
    ]
    for selection, expected in selections:
        snapshot = await store.read_catalog(selection)
        assert {product.id for product in snapshot.products} == set(expected), selection


@pytest.mark.parametrize("operations", [SALE, (LOWER,), ENDED], ids=["sale", "price", "end"])
async def test_prices_are_written_read_back_and_undone(
    operations: Sequence[Operation], acme: SandboxStore, open_store: Open
) -> None:
    """Nothing but prices changes, each once; afterwards null is null again, and 0 is 0."""
    store = open_store(acme)
    acme.edit(on_sale := next(name for name in held(acme) if "variants" in name), "sale_price", 1)
    change_set = await changes_of(store, EveryProduct(), operations)
    before = acme.catalogue()
    kinds = {change.target.resource_kind for change in change_set.changes}
    assert kinds == set(KINDS)
    assert held(acme)[on_sale][1] is not None

    answers = await send_all(store, change_set.changes)

    targets = [change.target for change in change_set.changes]
    assert answers == dict.fromkeys(targets, Accepted())
    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in change_set.changes}
    assert list(live) == targets
    received = [(entry["resource_id"], entry["field"]) for entry in acme.written()[1:]]
    assert len(received) == len(set(received))
    assert {field for _, field in received} <= {"price", "sale_price"}

    await send_all(store, change_set.inverse().changes)
    assert without_times(acme.catalogue()) == without_times(before)


def without_times(catalogue: dict[str, Any]) -> dict[str, Any]:
    """Return the catalogue without when it was changed."""
    return {
        name: {key: value for key, value in product.items() if not key.startswith("date_")}
        for name, product in catalogue["products"].items()
    }


async def test_a_price_during_a_sale_is_the_sale_price(
    acme: SandboxStore, open_store: Open
) -> None:
    """The regular price, crossed out beside it, stays; without a sale it is the regular price."""
    store = open_store(acme)
    change_set = await changes_of(store, EveryProduct(), (LOWER,))
    before = acme.catalogue()["products"]

    await send_all(store, change_set.changes)

    after = acme.catalogue()["products"]
    changed = {
        name: {field for field in ("price", "sale_price") if one[field] != after[name][field]}
        for name, one in before.items()
    }
    lowered = {f"products/{change.target.resource_id}" for change in change_set.changes}
    expected = {
        name: "sale_price" if one["sale_price"] else "price" for name, one in before.items()
    }
    assert set(expected.values()) == {"price", "sale_price"}
    assert changed == {
        name: {field} if name in lowered else set() for name, field in expected.items()
    }


async def test_what_is_gone_is_left_out_and_what_inherits_is_absent(
    acme: SandboxStore, open_store: Open
) -> None:
    """Also a variant that lost its own price after it was planned for."""
    store = open_store(acme)
    snapshot = await store.read_catalog(EveryProduct())
    own = next(
        row
        for product in snapshot.products
        for row in product.variants
        if row.resource_kind is ResourceKind.VARIANT
    )
    targets = [
        Target(resource_kind=kind, resource_id=id_, field=field)
        for kind, id_ in (
            (ResourceKind.PRODUCT, "999999"),
            (ResourceKind.VARIANT, "999999"),
            (ResourceKind.VARIANT, own.id),
        )
        for field in (PRICE, COMPARE_AT)
    ]
    assert (await store.read_values(targets))[targets[4]] == own.price

    acme.edit(f"variants/{own.id}", "price", None)

    assert await store.read_values(targets) == dict.fromkeys(targets[4:], ABSENT)


async def test_a_refused_item_leaves_the_others_written(
    acme: SandboxStore, open_store: Open
) -> None:
    """A product and a variant that are gone are refused; their neighbours are applied."""
    store = open_store(acme)
    change_set = await changes_of(store, EveryProduct())
    of_product, of_variant = ([gone(change) for change in pair(change_set, kind)] for kind in KINDS)

    answers = await send_all(store, [*of_product, *of_variant, *change_set.changes])

    no_product = Rejected(code="404", reason="A product was not found with an id of 999999")
    no_variant = Rejected(code="422", reason="999999 is no variant of this store")
    assert [answers[one.target] for one in of_product] == [no_product] * 2
    assert [answers[one.target] for one in of_variant] == [no_variant] * 2
    others = [change.target for change in change_set.changes]
    assert {target: answers[target] for target in others} == dict.fromkeys(others, Accepted())


def pair(change_set: ChangeSet, kind: ResourceKind) -> Sequence[Change]:
    """Return both changes of the first product or variant that begins a sale."""
    begins = next(
        change
        for change in change_set.changes
        if change.target.resource_kind is kind and change.before == ABSENT
    )
    return [
        change
        for change in change_set.changes
        if change.target.resource_kind is kind
        and change.target.resource_id == begins.target.resource_id
    ]


def gone(change: Change) -> Change:
    """Return the change of something that is not there."""
    target = change.target.model_copy(update={"resource_id": "999999"})
    return change.model_copy(update={"target": target})


async def test_what_was_not_saved_beside_the_prices_does_not_matter(
    acme: SandboxStore, open_store: Open
) -> None:
    """HTTP 207: the prices were saved."""
    store = open_store(acme)
    change_set = await changes_of(store, ByCollection(collection="summer"))
    acme.fault(kind="partly_saved", match={"kind": "mutation"}, count=None)

    answers = await send_all(store, change_set.changes)

    assert set(answers.values()) == {Accepted()}
    live = await store.read_values(list(answers))
    assert live == {change.target: change.after for change in change_set.changes}


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
    change_set = await changes_of(store, ByCollection(collection="summer"))
    request = store.requests_for(change_set.changes)[0]

    acme.fault(**fault, match={"kind": "mutation"})
    with pytest.raises(AnswerLost):
        await store.send(request)

    live = await store.read_values([change.target for change in request.changes])
    assert live == {
        change.target: change.after if applied else change.before for change in request.changes
    }
    acme.fault(**fault)
    with pytest.raises(reading):
        await store.read_values([request.changes[0].target])


async def test_a_throttled_write_was_not_applied(acme: SandboxStore, open_store: Open) -> None:
    """It says when to come back; overload does not."""
    store = open_store(acme)
    change_set = await changes_of(store, ByCollection(collection="summer"))
    request = store.requests_for(change_set.changes)[0]

    acme.fault(kind="throttle", seconds=0.2)
    with pytest.raises(StoreThrottled) as caught:
        await store.send(request)
    assert caught.value.retry_after is not None
    acme.fault(kind="server_error", status=429)
    with pytest.raises(StoreUnreachable):
        await store.send(request)

    assert acme.written() == []


async def test_a_wrong_token_and_a_missing_scope_are_told_apart(
    bigcommerce_sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """And a wrong hash from both."""
    narrow = bigcommerce_sandbox["narrow"]
    stranger = open_store(replace(narrow, token="wrong"))
    with pytest.raises(CredentialsRejected, match="refuses the access token"):
        await stranger.read_catalog(EveryProduct())

    reader = open_store(narrow)
    change_set = await changes_of(reader, EveryProduct())
    with pytest.raises(CredentialsRejected, match="lacks a scope"):
        await send_all(reader, change_set.changes[:1])

    with pytest.raises(StoreError, match="does not exist"):
        await open_store(replace(narrow, address=f"{narrow.address}x")).read_catalog(EveryProduct())


async def test_a_store_that_is_not_there_is_unreachable(
    acme: SandboxStore, open_store: Open
) -> None:
    """For a write, too: it certainly was not applied."""
    change_set = await changes_of(open_store(acme), ByCollection(collection="summer"))
    nowhere = open_store(replace(acme, address="http://127.0.0.1:1/stores/acme"))
    with pytest.raises(StoreUnreachable, match="cannot be reached: the connection was not"):
        await send_all(nowhere, change_set.changes[:1])


async def test_many_calls_at_once_keep_within_the_quota(
    small: SandboxStore, open_store: Open
) -> None:
    """Two processes' worth of calls use nearly all of the smallest plan, and none is throttled."""
    stores = [open_store(small), open_store(small)]
    target = Target(resource_kind=ResourceKind.PRODUCT, resource_id="111", field=FieldName.PRICE)

    await asyncio.gather(*(store.read_values([target]) for store in stores * 70))

    figures = small.statistics()
    assert figures["quota"]["used"] == 70 * 2 + 2
    assert figures["throttled"] == 0
