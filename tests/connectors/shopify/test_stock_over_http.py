"""Stock over real HTTP: read, set where it has not moved, read back at once, and undone."""

from typing import Any

import pytest

from connectors.stores.shopify import ShopifyStore
from steward.catalog import ByCollection, CatalogDetail, EveryProduct, Snapshot
from steward.changes import Change, ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.errors import AnswerLost, CredentialsRejected
from steward.execution import Accepted, Rejected, Stale
from steward.intents import Intent
from steward.operations import AdjustStock
from steward.values import Quantity
from tests.connectors.shopify.conftest import Open, SandboxStore
from tests.connectors.shopify.test_store_over_http import send_all

SUMMER = ByCollection(collection="summer")
STOCK = CatalogDetail(fields=frozenset({FieldName.INVENTORY_QUANTITY}))


def available(store: SandboxStore, *, tracked_only: bool = True) -> dict[tuple[str, str], int]:
    """Return what is available of each item at each location."""
    return {
        (variant["inventoryItem"], location): quantities["available"]
        for product in store.catalogue()["products"].values()
        for variant in product["variants"].values()
        if variant["tracked"] or not tracked_only
        for location, quantities in variant["inventory"].items()
    }


def edit(store: SandboxStore, resource: str, field: str, value: Any) -> None:  # noqa: ANN401
    """Change something as somebody else would."""
    content = {"resource_id": resource, "field": field, "value": value}
    store.control.post("/_sandbox/edit", json=content).raise_for_status()


def location_of(snapshot: Snapshot) -> str:
    """Return the location with most stock levels."""
    locations = [level.location.id for product in snapshot.products for level in product.stock]
    return max(locations, key=locations.count)


async def restocked(store: ShopifyStore, units: int) -> ChangeSet:
    """Compile more units for the summer's products, at one location."""
    snapshot = await store.read_catalog(SUMMER, STOCK)
    operation = AdjustStock(units=units, location=location_of(snapshot))
    return compile_intent(Intent(selection=SUMMER, operations=(operation,)), snapshot)


async def test_all_stock_is_read_as_the_store_holds_it(
    acme: SandboxStore, open_store: Open
) -> None:
    """Every location of every variant that is tracked, under the item's own id."""
    truth = available(acme)
    untracked = next(iter(truth))[0]
    edit(acme, untracked, "tracked", value=False)
    snapshot = await open_store(acme).read_catalog(EveryProduct(), STOCK)

    levels = [level for product in snapshot.products for level in product.stock]
    read = {(level.resource_id, level.location.id): level.units for level in levels}
    assert read == {key: units for key, units in truth.items() if key[0] != untracked}
    assert len(read) == len(levels)
    named = {level.location.id: level.location.name for level in levels}
    locations = acme.catalogue()["locations"]
    assert named == {id_: locations[id_]["name"] for id_ in named}
    assert all(
        not product.stock for product in (await open_store(acme).read_catalog(SUMMER)).products
    )


async def test_stock_is_set_read_back_and_undone(acme: SandboxStore, open_store: Open) -> None:
    """Each quantity is written once, and is exactly as before after the undo."""
    store = open_store(acme)
    change_set = await restocked(store, 7)
    targets = [change.target for change in change_set.changes]
    before = available(acme)

    assert await send_all(store, change_set.changes) == [Accepted()] * len(targets)

    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in change_set.changes}
    assert [entry["field"] for entry in acme.written()].count("available") == len(targets)
    await send_all(store, change_set.inverse().changes)
    assert available(acme) == before


async def test_a_sale_between_reading_and_writing_is_not_overwritten(
    acme: SandboxStore, open_store: Open
) -> None:
    """CHANGE_FROM_QUANTITY_STALE: what was sold meanwhile stays sold; the rest is set."""
    store = open_store(acme)
    change_set = await restocked(store, 7)
    sold, *others = change_set.changes[:6]
    (request,) = store.requests_for([sold, *others])
    edit(acme, sold.target.resource_id, "available", {sold.target.key: 1234})

    assert await store.send(request) == (Stale(), *[Accepted()] * len(others))

    live = await store.read_values([change.target for change in (sold, *others)])
    assert live[sold.target] == Quantity(units=1234)
    assert all(live[change.target] == change.after for change in others)


async def test_a_lost_answer_is_repeated_under_its_key_without_effect(
    acme: SandboxStore, open_store: Open
) -> None:
    """The platform answers a repetition of the same work as the first time, and sets nothing."""
    store = open_store(acme)
    (change, *_) = (await restocked(store, 7)).changes
    (request,) = store.requests_for([change])
    request = request.model_copy(update={"origin": "run-1:digest:0"})
    acme.fault(kind="lost_answer", match={"kind": "mutation"})
    with pytest.raises(AnswerLost):
        await store.send(request)
    edit(acme, change.target.resource_id, "available", {change.target.key: 3})

    assert await store.send(request) == (Accepted(),)

    assert await store.read_values([change.target]) == {change.target: Quantity(units=3)}
    another_run = request.model_copy(update={"origin": "run-2:digest:0"})
    assert await store.send(another_run) == (Stale(),)


async def test_the_same_change_of_a_later_run_is_written(
    acme: SandboxStore, open_store: Open
) -> None:
    """A key made of the content alone would let the platform answer without writing."""
    store = open_store(acme)
    (change, *_) = (await restocked(store, 7)).changes
    for origin, own in (("a", change), ("a-undo", change.inverse()), ("b", change)):
        (request,) = store.requests_for([own])
        request = request.model_copy(update={"origin": origin})
        assert await store.send(request) == (Accepted(),)
    assert await store.read_values([change.target]) == {change.target: change.after}


async def test_what_is_not_stocked_or_not_tracked_is_left_out(
    acme: SandboxStore, open_store: Open
) -> None:
    """Also what does not exist; the platform refuses to set it, by name."""
    store = open_store(acme)
    (change, untracked, *_) = (await restocked(store, 7)).changes
    edit(acme, untracked.target.resource_id, "tracked", value=False)
    elsewhere = change.target.model_copy(update={"key": "gid://shopify/Location/1"})
    gone = change.target.model_copy(update={"resource_id": "gid://shopify/InventoryItem/1"})

    asked = [elsewhere, gone, untracked.target, change.target]
    assert await store.read_values(asked) == {change.target: change.before}
    answers = await send_all(
        store, [change.model_copy(update={"target": target}) for target in (elsewhere, gone)]
    )
    assert [answer.code for answer in answers if isinstance(answer, Rejected)] == [
        "INVALID_LOCATION",
        "INVALID_INVENTORY_ITEM",
    ]


@pytest.mark.parametrize("units", [1_000_000_001, -1_000_000_001])
async def test_quantities_out_of_range_are_refused_as_they_were_predicted(
    units: int, acme: SandboxStore, open_store: Open
) -> None:
    """The others of the call are set."""
    store = open_store(acme)
    changes: list[Change] = list((await restocked(store, 7)).changes[:3])
    changes[1] = changes[1].model_copy(update={"after": Quantity(units=units)})
    (request,) = store.requests_for(changes)
    predicted = store.predict(request)
    assert isinstance(predicted[1], Rejected)
    assert await store.send(request) == predicted


async def test_a_missing_scope_is_named(sandbox: dict[str, SandboxStore], open_store: Open) -> None:
    """Whoever may only read is told what to ask for."""
    store = open_store(sandbox["narrow"])
    change_set = await restocked(store, 7)
    with pytest.raises(CredentialsRejected, match="write_inventory"):
        await send_all(store, change_set.changes[:1])
