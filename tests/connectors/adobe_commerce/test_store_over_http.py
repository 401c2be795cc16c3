"""The store over real HTTP: what is read is what it holds, what is written is what it received."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.stores.adobe_commerce import AdobeCommerceConnection, AdobeCommerceStore
from steward.catalog import ByCollection, ByIds, CatalogDetail, EveryProduct, Selection, Snapshot
from steward.changes import Change, ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.execution import Accepted, Answer, Rejected
from steward.intents import Intent
from steward.money import Money
from steward.operations import AdjustPrice, CompareAtRule, SetCompareAtPrice
from steward.values import ABSENT
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore

SALE = (AdjustPrice(percent=Decimal(-15)), SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE))
SUMMER = ByCollection(collection="summer")


def shown(snapshot: Snapshot) -> dict[str, dict[str, tuple[Decimal, Decimal | None]]]:
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


def held(store: SandboxStore) -> dict[str, dict[str, tuple[Decimal, Decimal | None]]]:
    """Return what the store holds, in the same shape: children stand with their parent."""
    products = {each["sku"]: each for each in store.products()}
    children = {child for each in products.values() for child in each["children"]}
    return {
        sku: {
            own: _prices(products[own]["values"]["all"])
            for own in sorted(each["children"] or [sku], key=lambda one: int(products[one]["id"]))
        }
        for sku, each in products.items()
        if sku not in children
    }


def _prices(values: dict[str, Any]) -> tuple[Decimal, Decimal | None]:
    regular, special = Decimal(values["price"]), values.get("special_price")
    if special is None or Decimal(special) >= regular:
        return regular, None
    return Decimal(special), regular


async def sale_of(store: AdobeCommerceStore, selection: Selection) -> ChangeSet:
    """Compile 15 % off with the old price crossed out."""
    snapshot = await store.read_catalog(selection)
    return compile_intent(Intent(selection=selection, operations=SALE), snapshot)


async def send_all(store: AdobeCommerceStore, changes: Sequence[Change]) -> list[Answer]:
    """Send all requests and return the answers in the order of the requests."""
    return [
        answer for request in store.requests_for(changes) for answer in await store.send(request)
    ]


@pytest.mark.parametrize(
    ("name", "kind"), [("acme", "admin"), ("acme", "oauth1"), ("cloud", "ims")]
)
async def test_the_whole_catalogue_is_read_value_for_value(
    name: str, kind: str, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """By each kind of credentials, on both editions."""
    sandbox[name].control.post("/_sandbox/reset").raise_for_status()
    snapshot = await open_store(sandbox[name].by(kind)).read_catalog(EveryProduct())
    assert shown(snapshot) == held(sandbox[name])
    assert snapshot.currency == "USD"


async def test_unit_costs_are_read_where_they_are_asked_for(
    acme: SandboxStore, open_store: Open
) -> None:
    """A cost that nobody entered is not known, and one that is finer than a cent is rounded up."""
    store = open_store(acme)
    sold = [each for each in acme.products() if not each["children"]]
    acme.edit(sold[0]["sku"], "cost@all", None)
    acme.edit(sold[1]["sku"], "cost@all", "4.000001")
    held = {each["sku"]: each["values"]["all"].get("cost") for each in acme.products()}
    held[sold[1]["sku"]] = "4.01"
    asked, unasked = [
        await store.read_catalog(EveryProduct(), CatalogDetail(costs=costs))
        for costs in (True, False)
    ]
    rows = [row for product in asked.products for row in product.variants]
    assert {row.id: row.cost and row.cost.amount for row in rows} == {
        sku: cost and Decimal(cost) for sku, cost in held.items() if sku in {row.id for row in rows}
    }
    assert {sold[0]["sku"], sold[1]["sku"]} <= {row.id for row in rows}
    assert {row.cost for product in unasked.products for row in product.variants} == {None}


async def test_each_category_holds_exactly_its_products(
    acme: SandboxStore, open_store: Open
) -> None:
    """By url key, name and id; a configurable product brings its children along."""
    store = open_store(acme)
    products = acme.products()
    for number, names in {"3": ("summer", "Summer"), "8": ("sale", "SALE")}.items():
        expected = {each["sku"] for each in products if int(number) in each["categories"]}
        assert expected
        for name in (*names, number):
            snapshot = await store.read_catalog(ByCollection(collection=name))
            assert {product.id for product in snapshot.products} == expected


async def test_skus_of_every_kind_are_found(acme: SandboxStore, open_store: Open) -> None:
    """With spaces, slashes, signs and letters beyond ASCII; a child's stands for itself."""
    parent = next(each for each in acme.products() if each["children"])
    ids = ("CLO 000/1", "HOM+3%", parent["sku"], parent["children"][0], "no-such-thing")
    snapshot = await open_store(acme).read_catalog(ByIds(ids=ids))
    assert {product.id for product in snapshot.products} >= {"CLO 000/1", "HOM+3%", parent["sku"]}
    alone = await open_store(acme).read_catalog(ByIds(ids=(parent["children"][0],)))
    assert [product.id for product in alone.products] == [parent["children"][0]]


async def test_prices_of_websites_are_left_alone_and_told(
    acme: SandboxStore, open_store: Open
) -> None:
    """What is read and written is what all store views inherit."""
    product = next(each for each in acme.products() if "default" in each["values"])
    sku, own = product["sku"], product["values"]["default"]["price"]
    store = open_store(acme)
    changes = (await sale_of(store, ByIds(ids=(sku,)))).changes
    assert "own prices in 2 store views stay" in changes[0].label

    await send_all(store, [change for change in changes if change.target.field == "price"])
    after = next(each for each in acme.products() if each["sku"] == sku)
    assert Decimal(after["values"]["default"]["price"]) == Decimal(own)


@pytest.mark.parametrize("name", ["acme", "cloud"])
async def test_a_sale_is_written_read_back_and_undone(
    name: str, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """The store then holds what was asked, and shows what it showed before after the undo."""
    twin = sandbox[name]
    twin.control.post("/_sandbox/reset").raise_for_status()
    before = held(twin)
    store = open_store(twin)
    change_set = await sale_of(store, SUMMER)
    targets = [change.target for change in change_set.changes]

    assert await send_all(store, change_set.changes) == [Accepted()] * len(targets)
    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in change_set.changes}
    assert list(live) == targets
    applied = [entry for entry in twin.journal() if entry["applied"]]
    written = [(each["resource_id"], each["field"]) for each in applied]
    assert len(set(written)) == len(written)
    assert {sku for sku, _ in written} == {target.resource_id for target in targets}
    refused = {entry["reason"] for entry in twin.journal() if not entry["applied"]}
    assert bool(refused) is (name == "acme"), "only an unknown store is asked to start in the past"

    undo = await send_all(store, change_set.inverse().changes)
    assert undo == [Accepted()] * len(targets)
    assert held(twin) == before
    for product in twin.products():
        values = product["values"]["all"]
        assert ("special_price" in values) is ("special_to_date" in values)


async def test_a_special_price_has_begun_when_its_write_returns(
    acme: SandboxStore,
) -> None:
    """By the store's clock: the product itself then shows it."""
    connection = AdobeCommerceConnection("acme", acme.address)
    try:
        store = connection.store(SecretStr(json.dumps(acme.secret())))
        changes = (await sale_of(store, ByIds(ids=("CLO 000/1",)))).changes
        assert await send_all(store, changes) == [Accepted()] * 2
    finally:
        await connection.aclose()
    product = next(each for each in acme.products() if each["sku"] == "CLO 000/1")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert product["values"]["all"]["special_from_date"] <= now


async def test_a_value_that_is_not_there_is_absent(acme: SandboxStore, open_store: Open) -> None:
    """And a product that is gone is left out."""
    store = open_store(acme)
    change_set = await sale_of(store, EveryProduct())
    target = next(change.target for change in change_set.changes if change.before == ABSENT)
    gone = target.model_copy(update={"resource_id": "no-such-thing"})
    assert await store.read_values([gone, target]) == {target: ABSENT}
    assert await store.read_values([]) == {}


async def test_what_somebody_else_changed_is_seen(acme: SandboxStore, open_store: Open) -> None:
    """So that the executor sets it aside."""
    store = open_store(acme)
    change = (await sale_of(store, SUMMER)).changes[0]
    acme.edit(change.target.resource_id, "price@all", "77.70")
    live = await store.read_values([change.target])
    assert live != {change.target: change.before}


async def test_a_refused_row_leaves_the_others_written(
    acme: SandboxStore, open_store: Open
) -> None:
    """The answer is 200 all the same."""
    store = open_store(acme)
    change_set = await sale_of(store, SUMMER)
    prices = [each for each in change_set.changes if each.target.field is FieldName.PRICE]
    plain = [each for each in prices if _is_plain(change_set, each)][:3]
    amount = Money(amount=Decimal(10) ** 14, currency="USD")
    huge = plain[0].model_copy(update={"after": amount})
    stray = plain[1].model_copy(
        update={"target": plain[1].target.model_copy(update={"resource_id": "no-such-thing"})}
    )

    answers = await send_all(store, [huge, stray, plain[2]])

    assert [answer.kind for answer in answers] == ["rejected", "rejected", "accepted"]
    assert isinstance(answers[0], Rejected)
    assert "Invalid attribute Price = 100000000000000" in answers[0].reason
    live = await store.read_values([change.target for change in plain])
    assert list(live.values()) == [plain[0].before, plain[1].before, plain[2].after]


def _is_plain(change_set: ChangeSet, change: Change) -> bool:
    """Tell whether the product was not on sale before."""
    return any(
        other.target.resource_id == change.target.resource_id and other.before == ABSENT
        for other in change_set.changes
    )
