"""Texts, status, categories and stock over real HTTP: read, written, and undone without a trace."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import pytest

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.catalog import (
    ByCollection,
    ByIds,
    CatalogDetail,
    EveryProduct,
    Product,
    Selection,
    Snapshot,
)
from steward.changes import Change, ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.errors import AnswerLost, StoreError
from steward.execution import Accepted, Rejected
from steward.intents import Intent
from steward.operations import (
    AdjustPrice,
    ChangeCategories,
    Operation,
    SetStatus,
    SetStock,
    SetText,
)
from steward.values import ABSENT, PRESENT, ListingStatus, Quantity, Text, Value
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import changed, stock, text
from tests.connectors.adobe_commerce.test_store_over_http import send_all

EVERYTHING = CatalogDetail(fields=frozenset(FieldName) - {FieldName.TAG})
SUMMER = ByCollection(collection="summer")
SLASHED = ByIds(ids=("CLO 000/1", "SHO-Ü 2", "HOM+3%"))
TITLE: Final = FieldName.TITLE


async def compiled(
    store: AdobeCommerceStore, selection: Selection, *operations: Operation
) -> ChangeSet:
    """Compile an intent against what the store holds."""
    intent = Intent(selection=selection, operations=operations)
    return compile_intent(intent, await store.read_catalog(selection, intent.detail))


async def write_and_undo(
    store: AdobeCommerceStore, change_set: ChangeSet, between: Callable[[], None]
) -> None:
    """Write, look, and undo; every change is accepted and reads back both times."""
    for one, look in ((change_set, between), (change_set.inverse(), lambda: None)):
        assert await send_all(store, one.changes) == [Accepted()] * len(one.changes)
        live = await store.read_values([change.target for change in one.changes])
        assert live == {change.target: change.after for change in one.changes}
        look()


def own_value(product: dict[str, Any], code: str, scope: str = "all") -> Any:  # noqa: ANN401
    """Return what a scope itself holds; None where it inherits or has nothing."""
    return product["values"].get(scope, {}).get(code)


async def read(
    store: AdobeCommerceStore, *ids: str, detail: CatalogDetail = EVERYTHING
) -> list[Product]:
    """Return products with everything that the platform has."""
    return list((await store.read_catalog(ByIds(ids=ids), detail)).products)


@pytest.mark.parametrize("name", ["acme", "cloud"])
async def test_the_whole_catalogue_is_read_field_for_field(
    name: str, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """As the scope holds it that all store views inherit from."""
    twin = sandbox[name]
    twin.control.post("/_sandbox/reset").raise_for_status()
    snapshot = await open_store(twin).read_catalog(EveryProduct(), EVERYTHING)
    held = {each["sku"]: each for each in twin.products()}
    assert snapshot.products
    for product in snapshot.products:
        one = held[product.id]
        texts = {
            TITLE: own_value(one, "name"),
            FieldName.DESCRIPTION: own_value(one, "description"),
            FieldName.SEO_TITLE: own_value(one, "meta_title"),
            FieldName.SEO_DESCRIPTION: own_value(one, "meta_description"),
        }
        assert product.texts == {
            field: ABSENT if value is None else Text(text=value) for field, value in texts.items()
        }
        assert product.status is not None
        enabled = own_value(one, "status") == 1
        assert (product.status.status is ListingStatus.DRAFT) is not enabled
        assert [int(each.id) for each in product.categories] == one["categories"]
        sold = one["children"] or [product.id]
        assert {(each.resource_id, each.location.id): each.units for each in product.stock} == {
            (sku, source): int(Decimal(item["quantity"]))
            for sku in sold
            for source, item in held[sku]["stock"].items()
        }
    assert {each.location.name for product in snapshot.products for each in product.stock} == {
        "Default Source",
        "North Hub",
    }


async def test_what_is_not_asked_for_is_not_read(acme: SandboxStore, open_store: Open) -> None:
    """Prices take no call for texts, status, categories or stock."""
    (product,) = await read(open_store(acme), "CLO 000/1", detail=CatalogDetail())
    assert (product.texts, product.status, product.categories, product.stock) == ({}, None, (), ())


@pytest.mark.parametrize("selection", [SUMMER, SLASHED])
@pytest.mark.parametrize("name", ["acme", "cloud"])
async def test_texts_and_status_are_written_and_undone(
    name: str, selection: Selection, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """One by one and through the queue: what was not set is not set again, views keep their own."""
    twin = sandbox[name]
    twin.control.post("/_sandbox/reset").raise_for_status()
    store = open_store(twin)
    before = twin.products()
    change_set = await compiled(
        store,
        selection,
        SetText(field=TITLE, text="{title} & more"),
        SetText(field=FieldName.DESCRIPTION, text=""),
        SetText(field=FieldName.SEO_TITLE, text="Buy {title}"),
        SetText(field=FieldName.SEO_DESCRIPTION, text=""),
        SetStatus(status=ListingStatus.DRAFT),
    )
    chosen = {change.product_id for change in change_set.changes}

    def look() -> None:
        for old, new in zip(before, twin.products(), strict=True):
            if new["sku"] in chosen:
                assert own_value(new, "name") == f"{own_value(old, 'name')} & more"
                assert own_value(new, "description") == ""
                assert own_value(new, "meta_description") is None
                assert own_value(new, "status") == 2
            views = {**new["values"], "all": None}
            assert views == {**old["values"], "all": None}

    await write_and_undo(store, change_set, look)
    assert twin.products() == before
    queued = [entry for entry in twin.journal() if entry["field"] == "bulk"]
    assert len(queued) == (2 if len(chosen) >= 10 else 0)


async def test_a_view_s_own_text_is_neither_read_nor_written(
    acme: SandboxStore, open_store: Open
) -> None:
    """The default view answers reads that name no scope, and its own value must not be taken."""
    acme.edit("CLO 000/1", "name@default", "Own")
    store = open_store(acme)
    (product,) = await read(store, "CLO 000/1")
    assert product.texts[TITLE] == Text(text=own_value(acme.product("CLO 000/1"), "name"))
    await send_all(store, [text("CLO 000/1", TITLE, "Common")])
    held = acme.product("CLO 000/1")
    assert own_value(held, "name") == "Common"
    assert own_value(held, "name", "default") == "Own"


@pytest.mark.parametrize("name", ["acme", "cloud"])
async def test_views_with_values_of_their_own_are_told_before_anything_changes(
    name: str, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """Beside the product's title, where the fields that are asked for are concerned."""
    twin = sandbox[name]
    twin.control.post("/_sandbox/reset").raise_for_status()
    store = open_store(twin)
    for sku, field, value in (
        ("CLO 000/1", "name@default", "Own"),
        ("CLO 000/1", "meta_title@fr", "Own"),
        ("SHO-Ü 2", "status@fr", 2),
        ("HOM+3%", "description@fr", "Own"),
    ):
        twin.edit(sku, field, value)
    texts = SetText(field=TITLE, text="New"), SetText(field=FieldName.SEO_TITLE, text="New")
    for operations, expected in (
        (texts, {"CLO 000/1": 2, "SHO-Ü 2": 0, "HOM+3%": 1}),
        ((SetStatus(status=ListingStatus.DRAFT),), {"CLO 000/1": 0, "SHO-Ü 2": 1, "HOM+3%": 0}),
    ):
        change_set = await compiled(store, SLASHED, *operations)
        for change in change_set.changes:
            views = expected[change.product_id]
            note = f" (own values in {views} store views stay)" if views else ""
            assert change.label == f"{common_name(twin, change.product_id)}{note}"


def common_name(store: SandboxStore, sku: str) -> str:
    """Return the name that all store views inherit."""
    name: str = own_value(store.product(sku), "name")
    return name


@pytest.mark.parametrize(
    ("status", "visibility", "wanted", "accepted"),
    [
        (1, 3, ListingStatus.DRAFT, True),
        (1, 2, ListingStatus.HIDDEN, True),
        (1, 1, ListingStatus.ACTIVE, True),
        (1, 1, ListingStatus.DRAFT, True),
        (2, 2, ListingStatus.ACTIVE, True),
        (2, 1, ListingStatus.HIDDEN, True),
        (2, 1, ListingStatus.ACTIVE, False),
    ],
)
async def test_each_status_comes_back_exactly(
    status: int,
    visibility: int,
    wanted: ListingStatus,
    accepted: bool,  # noqa: FBT001 - one column of the table
    acme: SandboxStore,
    open_store: Open,
) -> None:
    """With its visibility; what nobody could see is refused, and stays as it was."""
    sku = "CLO 000/1"
    acme.edit(sku, "status@all", status)
    acme.edit(sku, "visibility@all", visibility)
    store = open_store(acme)
    before = acme.product(sku)
    change_set = await compiled(store, ByIds(ids=(sku,)), SetStatus(status=wanted))
    if accepted:
        await write_and_undo(store, change_set, lambda: None)
    else:
        (request,) = store.requests_for(change_set.changes)
        assert await store.send(request) == store.predict(request)
        assert isinstance(store.predict(request)[0], Rejected)
    assert acme.product(sku) == before


async def test_categories_are_entered_left_and_come_back_in_their_places(
    acme: SandboxStore, open_store: Open
) -> None:
    """By name; a product that was in one already stays where it is."""
    store = open_store(acme)
    places = category_places(acme)
    change_set = await compiled(
        store, SUMMER, ChangeCategories(add=("Sale", "home"), remove=("summer", "clothing"))
    )
    chosen = {change.product_id for change in change_set.changes}

    def look() -> None:
        for each in acme.products():
            if each["sku"] in chosen:
                assert {8, 7} <= set(each["categories"])
                assert not {3, 4} & set(each["categories"])

    await write_and_undo(store, change_set, look)
    assert category_places(acme) == places


def category_places(store: SandboxStore) -> dict[str, list[dict[str, Any]]]:
    """Return each product's places in categories, as the shop's own API tells them."""
    token = store.control.post(
        "/rest/V1/integration/admin/token",
        json={"username": store.given["username"], "password": store.given["password"]},
    ).json()
    found = store.control.get(
        "/rest/V1/products?searchCriteria[pageSize]=1000",
        headers={"Authorization": f"Bearer {token}"},
    ).json()["items"]
    return {each["sku"]: each["extension_attributes"].get("category_links") for each in found}


async def test_a_membership_is_there_or_not(acme: SandboxStore, open_store: Open) -> None:
    """Also in a category that does not exist; a product that is gone has none."""
    store = open_store(acme)
    inside = changed("CLO 000/1", FieldName.CATEGORY, PRESENT, ABSENT, key="2").target
    nowhere = inside.model_copy(update={"key": "999"})
    gone = inside.model_copy(update={"resource_id": "no-such-thing"})
    assert await store.read_values([inside, gone, nowhere]) == {inside: PRESENT, nowhere: ABSENT}


async def test_a_refused_membership_is_no_refusal_where_it_is_so_already(
    acme: SandboxStore, open_store: Open
) -> None:
    """Others of the request are answered for themselves."""
    store = open_store(acme)
    leave = changed("CLO 000/1", FieldName.CATEGORY, PRESENT, ABSENT, key="999")
    enter = changed("HOM+3%", FieldName.CATEGORY, ABSENT, PRESENT, key="999")
    away = changed("HOM+3%", FieldName.CATEGORY, PRESENT, ABSENT, key="8")
    gone = changed("no-such-thing", FieldName.CATEGORY, ABSENT, PRESENT, key="8")
    answers = await send_all(store, [leave, enter, away, gone])
    assert [getattr(each, "code", each.kind) for each in answers] == [
        "accepted",
        "CATEGORY_REFUSED",
        "accepted",
        "NO_SUCH_PRODUCT",
    ]


async def test_a_product_that_is_gone_is_not_made_again(
    acme: SandboxStore, open_store: Open
) -> None:
    """The platform creates what it is told to change and does not find."""
    store = open_store(acme)
    answers = await send_all(store, [text("no-such-thing", TITLE, "New")])
    many = [text(f"no-such-thing-{number}", TITLE, "New") for number in range(10)]
    (*others, there) = await send_all(store, [*many, text("CLO 000/1", TITLE, "New")])
    codes = {each.code for each in (*answers, *others) if isinstance(each, Rejected)}
    assert (codes, there) == ({"NO_SUCH_PRODUCT"}, Accepted())
    assert not [each for each in acme.products() if each["sku"].startswith("no-such")]
    assert own_value(acme.product("CLO 000/1"), "name") == "New"


STOCK_STATES = [
    ((5, 1), 8, 1),
    ((5, 1), 0, 0),
    ((0, 0), 5, 1),
    ((0, 1), 5, 1),
    ((5, 0), 8, 0),
    ((5, 0), 0, 0),
    ((-2, 1), 0, 1),
]


@pytest.mark.parametrize(("there", "units", "status"), STOCK_STATES)
async def test_stock_is_for_sale_when_it_comes_in_and_as_it_was_when_undone(
    there: tuple[int, int], units: int, status: int, acme: SandboxStore, open_store: Open
) -> None:
    """What somebody took off sale by hand stays so; another source is not touched."""
    sku = "CLO 000/1"
    acme.edit(sku, "source_items.north.quantity", str(there[0]))
    acme.edit(sku, "source_items.north.status", there[1])
    store = open_store(acme)
    before = levels(acme, sku)
    change_set = await compiled(
        store, ByIds(ids=(sku,)), SetStock(units=units, location="North Hub")
    )

    def look() -> None:
        held = levels(acme, sku)
        assert held["north"] == (units, status)
        assert held["default"] == before["default"]

    await write_and_undo(store, change_set, look)
    assert levels(acme, sku) == before


def levels(store: SandboxStore, sku: str) -> dict[str, tuple[int, int]]:
    """Return the units and the status at each source."""
    items = store.product(sku)["stock"].items()
    return {source: (int(Decimal(each["quantity"])), each["status"]) for source, each in items}


async def test_unknown_skus_are_refused_although_the_store_says_all_is_well(
    acme: SandboxStore, open_store: Open
) -> None:
    """Nothing is sent for them: some releases would write a row without a product."""
    store = open_store(acme)
    units, _ = levels(acme, "CLO 000/1")["north"]
    there = stock("CLO 000/1", Quantity(units=units), Quantity(units=77))
    gone = stock("no-such-thing", Quantity(units=1), Quantity(units=77))
    elsewhere = stock("CLO 000/1", Quantity(units=1), Quantity(units=77), "south")
    answers = await send_all(store, [gone, there, elsewhere])
    assert [getattr(each, "code", each.kind) for each in answers] == [
        "NO_SUCH_SOURCE_ITEM",
        "accepted",
        "NO_SUCH_SOURCE_ITEM",
    ]
    assert {entry["resource_id"] for entry in acme.journal()} == {"CLO 000/1"}
    live = await store.read_values([gone.target, there.target, elsewhere.target])
    assert live == {there.target: Quantity(units=77)}


async def test_a_part_of_a_unit_is_not_rounded(acme: SandboxStore, open_store: Open) -> None:
    """It could not be restored."""
    acme.edit("CLO 000/1", "source_items.north.quantity", "2.5")
    with pytest.raises(StoreError, match=r"keeps 2\.5 of 'CLO 000/1' at 'north'"):
        await read(open_store(acme), "CLO 000/1")


async def test_fields_of_all_kinds_in_one_change_set_are_undone(
    acme: SandboxStore, open_store: Open
) -> None:
    """Texts, status, categories, prices and stock of the same products."""
    store = open_store(acme)
    before = acme.products()
    change_set = await compiled(
        store,
        SUMMER,
        SetText(field=TITLE, text="New {current}"),
        SetStatus(status=ListingStatus.HIDDEN),
        ChangeCategories(add=("sale",)),
        AdjustPrice(percent=Decimal(-10)),
        SetStock(units=3, location="default"),
    )
    assert len({change.target.field for change in change_set.changes}) == 5
    assert await send_all(store, change_set.changes) == [Accepted()] * len(change_set.changes)
    undo = change_set.inverse().changes
    assert await send_all(store, undo) == [Accepted()] * len(undo)
    assert stripped(acme.products()) == stripped(before)


def stripped(products: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return products without when their special prices begin, which Commerce moves."""
    return [
        {
            **each,
            "values": {
                scope: {code: own for code, own in values.items() if code != "special_from_date"}
                for scope, values in each["values"].items()
            },
        }
        for each in products
    ]


LOST = [
    ({"kind": "lost_answer"}, True),
    ({"kind": "disconnect"}, False),
    ({"kind": "server_error", "status": 500}, False),
    ({"kind": "server_error", "status": 502, "apply_anyway": True}, True),
    ({"kind": "garbage", "apply_anyway": True}, True),
]
NEW_TITLE = text("CLO 000/1", TITLE, "New")
MANY_TITLES = [text(f"X{number}", TITLE, "New") for number in range(9)]


def writes(there: int) -> dict[str, list[Change]]:
    """Return a write of each kind, by the platform's name of the call."""
    return {
        "PutV1ProductsSku": [NEW_TITLE],
        "AsyncBulkPutV1ProductsSku": [NEW_TITLE, *MANY_TITLES],
        "PostV1CategoriesCategoryIdProducts": [
            changed("CLO 000/1", FieldName.CATEGORY, ABSENT, PRESENT, key="8")
        ],
        "PostV1InventorySourceitems": [
            stock("CLO 000/1", Quantity(units=there), Quantity(units=there + 1))
        ],
    }


@pytest.mark.parametrize(("fault", "applied"), LOST)
@pytest.mark.parametrize("operation", list(writes(0)))
async def test_a_lost_answer_is_unknown_and_resolved_by_reading(
    operation: str,
    fault: dict[str, object],
    applied: bool,  # noqa: FBT001 - one column of the table
    acme: SandboxStore,
    open_store: Open,
) -> None:
    """By the time it is told, what was queued has been applied, so that reading finds it."""
    changes = writes(levels(acme, "CLO 000/1")["north"][0])[operation]
    store = open_store(acme)
    before = await store.read_values([changes[0].target])
    acme.fault(**fault, match={"operation": operation})
    with pytest.raises(AnswerLost):
        await send_all(store, changes)
    expected: Value = changes[0].after if applied else before[changes[0].target]
    assert await store.read_values([changes[0].target]) == {changes[0].target: expected}


async def test_special_prices_come_back_with_their_end(
    acme: SandboxStore, open_store: Open
) -> None:
    """A sale that a run ended goes on no longer than it would have."""
    store = open_store(acme)
    sku = next(
        each["sku"] for each in acme.products() if own_value(each, "special_price") is not None
    )
    snapshot: Snapshot = await store.read_catalog(ByIds(ids=(sku,)))
    variant = snapshot.products[0].variants[0]
    assert variant.compare_at_price is not None
    price, compare_at = variant.price, variant.compare_at_price
    ends = ChangeSet(
        store="acme",
        changes=(
            changed(sku, FieldName.PRICE, price, compare_at, kind=variant.resource_kind),
            changed(
                sku, FieldName.COMPARE_AT_PRICE, compare_at, ABSENT, kind=variant.resource_kind
            ),
        ),
    )
    before = own_value(acme.product(sku), "special_to_date")
    await write_and_undo(store, ends, lambda: None)
    assert own_value(acme.product(sku), "special_to_date") == before
