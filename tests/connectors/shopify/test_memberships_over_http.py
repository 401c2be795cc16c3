"""Tags and collections over real HTTP: read, written, read back at once, and undone exactly."""

import pytest

from steward.catalog import ByCollection, CatalogDetail, EveryProduct
from steward.changes import Change, FieldName
from steward.errors import CredentialsRejected
from steward.execution import Accepted, Rejected
from steward.operations import ChangeCategories, ChangeTags
from steward.values import ABSENT, PRESENT
from tests.connectors.shopify.changes import member_change, product_change, tag_change
from tests.connectors.shopify.conftest import Open, SandboxStore
from tests.connectors.shopify.test_product_fields_over_http import compiled
from tests.connectors.shopify.test_store_over_http import send_all

SUMMER = ByCollection(collection="summer")
CATEGORIES = CatalogDetail(
    fields=frozenset({FieldName.CATEGORY, FieldName.TAG}),
    categories=("summer", "no-such-thing", "staff-picks"),
)


def by_handle(store: SandboxStore) -> dict[str, str]:
    """Return the ids of the store's collections."""
    return {each["handle"]: id_ for id_, each in store.catalogue()["collections"].items()}


def members(store: SandboxStore) -> dict[str, set[str]]:
    """Return which products are in which collection."""
    collections = store.catalogue()["collections"].items()
    return {collection: set(each["products"]) for collection, each in collections}


def tags(store: SandboxStore) -> dict[str, list[str]]:
    """Return the tags of each product."""
    return {product: each["tags"] for product, each in store.catalogue()["products"].items()}


async def test_collections_and_tags_are_read_as_the_store_holds_them(
    acme: SandboxStore, open_store: Open
) -> None:
    """Those of products, and those that were looked up by their handles, whoever is in them."""
    snapshot = await open_store(acme).read_catalog(EveryProduct(), CATEGORIES)

    truth = acme.catalogue()["products"]
    for product in snapshot.products:
        assert {one.id for one in product.categories} == set(truth[product.id]["collections"])
        assert list(product.tags) == truth[product.id]["tags"]
    handles = by_handle(acme)
    assert {name: one.id for name, one in snapshot.categories.items()} == {
        "summer": handles["summer"],
        "staff-picks": handles["staff-picks"],
    }
    assert snapshot.categories["summer"].name == "Summer"


async def test_changed_tags_are_read_back_and_undone(acme: SandboxStore, open_store: Open) -> None:
    """One that was there in another spelling comes back in its own."""
    store = open_store(acme)
    before = tags(acme)
    old = next(tag for product in before.values() for tag in product)
    change_set = await compiled(
        store, SUMMER, ChangeTags(add=("Zebra", "aardvark"), remove=(old.upper(),))
    )
    targets = [change.target for change in change_set.changes]

    assert await send_all(store, change_set.changes) == [Accepted()] * len(targets)

    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in change_set.changes}
    changed = {change.product_id for change in change_set.changes}
    assert all(
        {"Zebra", "aardvark"} <= set(now) and old not in now
        for product, now in tags(acme).items()
        if product in changed
    )
    await send_all(store, change_set.inverse().changes)
    assert tags(acme) == before


async def test_a_tag_that_somebody_else_adds_meanwhile_stays(
    acme: SandboxStore, open_store: Open
) -> None:
    """The list is never replaced; adding a tag that is there in other letters changes nothing."""
    store = open_store(acme)
    product = (await store.read_catalog(SUMMER)).products[0]
    theirs = [*product.tags, "Theirs"]
    number = int(product.id.rpartition("/")[2])
    changes = [tag_change(number, "ours"), tag_change(number, product.tags[0], comes=False)]
    edit = {"resource_id": product.id, "field": "tags", "value": theirs}
    acme.control.post("/_sandbox/edit", json=edit).raise_for_status()

    await send_all(store, changes)

    wanted = sorted([*product.tags[1:], "ours", "Theirs"], key=str.casefold)
    assert tags(acme)[product.id] == wanted
    await send_all(store, [tag_change(number, "OURS")])
    assert tags(acme)[product.id] == wanted


@pytest.mark.parametrize("key", ["TheIrs", "nobody's"])
async def test_a_tag_reads_without_regard_to_case(
    key: str, acme: SandboxStore, open_store: Open
) -> None:
    """And as absent where the product is there without it."""
    store = open_store(acme)
    product = (await store.read_catalog(SUMMER)).products[0]
    edit = {"resource_id": product.id, "field": "tags", "value": ["theirs"]}
    acme.control.post("/_sandbox/edit", json=edit).raise_for_status()
    number = int(product.id.rpartition("/")[2])
    target = tag_change(number, key).target
    expected = PRESENT if key == "TheIrs" else ABSENT
    assert await store.read_values([target]) == {target: expected}


async def test_products_enter_and_leave_collections_and_come_back(
    acme: SandboxStore, open_store: Open
) -> None:
    """A job does it after the answer; the change counts when it is done, and reads back at once."""
    store = open_store(acme)
    before = members(acme)
    change_set = await compiled(
        store, SUMMER, ChangeCategories(add=("staff-picks",), remove=("summer",))
    )
    targets = [change.target for change in change_set.changes]
    calls = len(acme.written())

    assert await send_all(store, change_set.changes) == [Accepted()] * len(targets)

    assert await store.read_values(targets) == {
        change.target: change.after for change in change_set.changes
    }
    assert len(acme.written()) - calls == 2
    handles = by_handle(acme)
    assert members(acme)[handles["summer"]] == set()
    assert before[handles["summer"]] <= members(acme)[handles["staff-picks"]]
    await send_all(store, change_set.inverse().changes)
    assert members(acme) == before


@pytest.mark.parametrize("comes", [True, False])
async def test_a_smart_collection_refuses_as_it_was_predicted(
    comes: bool,  # noqa: FBT001 - the one parameter
    acme: SandboxStore,
    open_store: Open,
) -> None:
    """Its products follow from its rules, which the reading of the catalogue showed."""
    store = open_store(acme)
    snapshot = await store.read_catalog(SUMMER, CatalogDetail(categories=("clearance",)))
    smart = int(snapshot.categories["clearance"].id.rpartition("/")[2])
    number = int(snapshot.products[0].id.rpartition("/")[2])
    change = member_change(number, smart, comes=comes)
    (request,) = store.requests_for([change])

    predicted = store.predict(request)

    assert predicted == await store.send(request)
    verb = "add products to" if comes else "remove products from"
    assert isinstance(predicted[0], Rejected)
    assert predicted[0].reason == f"Can't manually {verb} a smart collection"
    # Another process that has not read the catalogue cannot know.
    assert open_store(acme).predict(request) == (Accepted(),)


def changes_of(number: int) -> list[Change]:
    """Return a change of each membership."""
    return [tag_change(number, "new"), member_change(number, 1)]


@pytest.mark.parametrize("place", [0, 1])
async def test_a_missing_scope_is_named(
    place: int, sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """Whoever may only read is told what to ask for."""
    store = open_store(sandbox["narrow"])
    product = (await store.read_catalog(EveryProduct())).products[0]
    change = changes_of(int(product.id.rpartition("/")[2]))[place]
    with pytest.raises(CredentialsRejected, match="write_products"):
        await send_all(store, [change])


async def test_what_does_not_exist_is_left_out(acme: SandboxStore, open_store: Open) -> None:
    """A product that is gone has no memberships; it is refused by name where it has a call."""
    store = open_store(acme)
    changes = changes_of(1)
    assert await store.read_values([change.target for change in changes]) == {}
    assert await send_all(store, changes[:1]) == [
        Rejected(code="UNKNOWN", reason="Product does not exist")
    ]
    gone = product_change(1, FieldName.CATEGORY, PRESENT, key=by_handle(acme)["summer"])
    (answer,) = await store.send(store.requests_for([gone])[0])
    assert answer.kind == "stale"
