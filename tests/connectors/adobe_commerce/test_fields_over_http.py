"""All fields over real HTTP: the whole catalogue, all at once, and answers that are lost."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from steward.catalog import (
    CatalogDetail,
    EveryProduct,
)
from steward.changes import Change, FieldName
from steward.errors import AnswerLost
from steward.execution import Accepted
from steward.operations import (
    AdjustPrice,
    ChangeCategories,
    SetStatus,
    SetStock,
    SetText,
)
from steward.values import ABSENT, PRESENT, ListingStatus, Quantity, Text, Value
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import changed, stock, text
from tests.connectors.adobe_commerce.running import (
    EVERYTHING,
    SUMMER,
    TITLE,
    compiled,
    levels,
    own_value,
    read,
)
from tests.connectors.adobe_commerce.test_store_over_http import send_all


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
