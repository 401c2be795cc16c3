"""Fields beside prices over real HTTP: read, written, read back and undone."""

from collections.abc import Sequence

import pytest

from connectors.stores.bigcommerce import BigCommerceStore
from steward.catalog import ByCollection, CatalogDetail, Category, EveryProduct, Selection
from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target
from steward.compilation import compile_intent
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Rejected
from steward.intents import Intent
from steward.operations import (
    AdjustPrice,
    ChangeCategories,
    Operation,
    ReplaceText,
    SetStatus,
    SetText,
)
from steward.values import ABSENT, Listing, ListingStatus, Text, Value
from tests.connectors.bigcommerce.conftest import Open, SandboxStore
from tests.connectors.bigcommerce.test_store_over_http import LOWER, send_all, without_times

SUMMER = ByCollection(collection="summer")
TEXTS = (FieldName.TITLE, FieldName.DESCRIPTION, FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION)
REWRITTEN: tuple[Operation, ...] = (
    SetText(field=FieldName.TITLE, text="{title} by {vendor}"),
    ReplaceText(field=FieldName.DESCRIPTION, find="<em>", replacement="<em class='kind'>"),
    SetText(field=FieldName.SEO_TITLE, text=""),
    SetText(field=FieldName.SEO_DESCRIPTION, text="{title}: für {vendor} & Co."),
    SetStatus(status=ListingStatus.HIDDEN),
)


async def compiled(
    store: BigCommerceStore, operations: Sequence[Operation], selection: Selection = SUMMER
) -> ChangeSet:
    """Read what the operations need, and compile them."""
    intent = Intent(selection=selection, operations=tuple(operations))
    return compile_intent(intent, await store.read_catalog(selection, intent.detail))


async def written(store: BigCommerceStore, changes: Sequence[Change]) -> None:
    """Send all changes, and see that all are accepted and read back."""
    targets = [change.target for change in changes]
    assert await send_all(store, changes) == dict.fromkeys(targets, Accepted())
    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in changes}
    assert list(live) == targets


async def test_texts_and_status_are_read_where_they_are_asked_for(
    acme: SandboxStore, open_store: Open
) -> None:
    """As the shop holds them; without being asked for they are not even transferred."""
    store = open_store(acme)
    acme.edit("products/111", "is_visible", False)  # noqa: FBT003 - the value of an edit
    acme.edit("products/112", "page_title", "A & B")
    acme.edit("products/112", "meta_description", "")
    plain = await store.read_catalog(EveryProduct())
    assert {(len(one.texts), one.status) for one in plain.products} == {(0, None)}

    detail = Intent(selection=SUMMER, operations=REWRITTEN).detail
    snapshot = await store.read_catalog(EveryProduct(), detail)

    truth = acme.catalogue()["products"]
    for product in snapshot.products:
        held = truth[f"products/{product.id}"]
        assert product.texts == {
            FieldName.TITLE: Text(text=held["name"]),
            FieldName.DESCRIPTION: Text(text=held["description"]),
            FieldName.SEO_TITLE: text_or_absent(held["page_title"]),
            FieldName.SEO_DESCRIPTION: text_or_absent(held["meta_description"]),
        }
        shown = ListingStatus.ACTIVE if held["is_visible"] else ListingStatus.HIDDEN
        assert product.status == Listing(status=shown)


def text_or_absent(text: str) -> Value:
    """Return an SEO text as Steward reads it."""
    return Text(text=text) if text else ABSENT


async def test_texts_status_and_prices_are_written_together_and_undone(
    acme: SandboxStore, open_store: Open
) -> None:
    """One call for up to ten products, whatever of them changes; afterwards all is as before."""
    store = open_store(acme)
    change_set = await compiled(store, (*REWRITTEN, LOWER), EveryProduct())
    before = without_times(acme.catalogue())
    requests = store.requests_for(change_set.changes)
    assert sum(request.operation == "updateProducts" for request in requests) == 6

    await written(store, change_set.changes)

    assert without_times(acme.catalogue()) != before
    fields = {entry["field"] for entry in acme.written()}
    assert fields == {
        "name", "description", "page_title", "meta_description", "is_visible", "price", "sale_price"
    }  # fmt: skip
    await written(store, change_set.inverse().changes)
    assert without_times(acme.catalogue()) == before


async def test_a_name_that_another_product_has_is_refused_alone(
    acme: SandboxStore, open_store: Open
) -> None:
    """The price of the same product is applied, and so is everything else of its batch."""
    store = open_store(acme)
    taken = acme.catalogue()["products"]["products/111"]["name"]
    operations = (
        AdjustPrice(percent=LOWER.percent),
        SetText(field=FieldName.TITLE, text="{title}!"),
    )
    compiled_changes = (await compiled(store, operations, EveryProduct())).changes
    # Renaming 111 in the same batch would free its name.
    changes = [
        change.model_copy(update={"after": Text(text=taken.upper())})
        if change.target == own_title("113")
        else change
        for change in compiled_changes
        if change.target != own_title("111")
    ]

    answers = await send_all(store, changes)

    refused = {target for target, answer in answers.items() if answer != Accepted()}
    assert refused == {own_title("113")}
    assert getattr(answers[own_title("113")], "code", "") == "409"


async def test_categories_are_read_entered_and_left_and_all_is_undone(
    acme: SandboxStore, open_store: Open
) -> None:
    """Their names stand beside their ids; a category of that name that is not there is left out."""
    store = open_store(acme)
    moved = (ChangeCategories(add=("/staff-picks/", "Clearance"), remove=("summer",)),)
    change_set = await compiled(store, moved)
    before = without_times(acme.catalogue())
    snapshot = await store.read_catalog(
        EveryProduct(),
        CatalogDetail(fields=frozenset({FieldName.CATEGORY}), categories=("SUMMER", "nowhere")),
    )
    assert snapshot.categories == {"SUMMER": Category(id="23", name="Summer")}
    names = {int(number): one["name"] for number, one in acme.catalogue()["categories"].items()}
    assert {product.id: product.categories for product in snapshot.products} == {
        name.partition("/")[2]: tuple(
            Category(id=str(number), name=names[number]) for number in sorted(one["categories"])
        )
        for name, one in before.items()
    }

    assert any(one["sort_orders"] for one in before.values())
    await written(store, change_set.changes)

    assert not any(one["sort_orders"] for one in acme.catalogue()["products"].values())
    moved_products = {change.product_id for change in change_set.changes}
    after = without_times(acme.catalogue())
    for number in moved_products:
        kinds = {one for one in before[f"products/{number}"]["categories"] if one > 25}
        assert set(after[f"products/{number}"]["categories"]) == kinds | {24, 25}
    await written(store, change_set.inverse().changes)
    assert without_times(acme.catalogue()) == before


async def test_what_somebody_else_assigned_meanwhile_stays(
    acme: SandboxStore, open_store: Open
) -> None:
    """Assignments are written one by one, never a product's whole list."""
    store = open_store(acme)
    change_set = await compiled(store, (ChangeCategories(add=("Clearance",), remove=("summer",)),))
    number = change_set.changes[0].product_id
    held = acme.catalogue()["products"][f"products/{number}"]["categories"]
    acme.edit(f"products/{number}", "categories", sorted({*held, 25, 31}))

    await written(store, change_set.changes)
    await written(store, change_set.inverse().changes)

    left = acme.catalogue()["products"][f"products/{number}"]["categories"]
    assert set(left) == {*held, 25, 31}


async def test_an_assignment_that_is_refused_leaves_the_others_made(
    acme: SandboxStore, open_store: Open
) -> None:
    """The platform refuses them together, and names the one to blame."""
    store = open_store(acme)
    changes = (await compiled(store, (ChangeCategories(add=("Clearance",)),))).changes
    lost = changes[1].target.model_copy(update={"key": "99"})
    mixed = [changes[0], changes[1].model_copy(update={"target": lost}), *changes[2:]]

    answers = await send_all(store, mixed)

    assert answers[lost] == Rejected(code="422", reason="is no category of this store")
    assert {answer for target, answer in answers.items() if target != lost} == {Accepted()}


def own_title(number: str) -> Target:
    """Return a product's title."""
    return Target(resource_kind=ResourceKind.PRODUCT, resource_id=number, field=FieldName.TITLE)


async def test_a_product_that_is_gone_has_no_fields(acme: SandboxStore, open_store: Open) -> None:
    """It is left out, beside one that is there."""
    targets = [own_title(number) for number in ("999999", "111")]
    live = await open_store(acme).read_values(targets)
    assert list(live) == targets[1:]


@pytest.mark.parametrize("field", [FieldName.TAG])
async def test_what_the_platform_lacks_is_refused_before_anything_is_asked(
    field: FieldName, acme: SandboxStore, open_store: Open
) -> None:
    """Also where a target slipped through."""
    used = acme.statistics()["quota"]["used"]
    target = own_title("111").model_copy(update={"field": field, "key": "new"})
    with pytest.raises(UnsupportedOperation, match="no tags"):
        await open_store(acme).read_values([target])
    assert acme.statistics()["quota"]["used"] == used
