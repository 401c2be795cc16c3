"""Texts and status over real HTTP: read, written, and undone without a trace."""

import pytest

from steward.catalog import (
    ByIds,
    Selection,
)
from steward.changes import FieldName
from steward.execution import Accepted, Rejected
from steward.operations import (
    SetStatus,
    SetText,
)
from steward.values import ListingStatus, Text
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import text
from tests.connectors.adobe_commerce.running import (
    SLASHED,
    SUMMER,
    TITLE,
    compiled,
    own_value,
    read,
    write_and_undo,
)
from tests.connectors.adobe_commerce.test_store_over_http import send_all


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
