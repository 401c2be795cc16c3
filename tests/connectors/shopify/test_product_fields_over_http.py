"""A product's own fields over real HTTP: read, written, read back by id, and undone exactly."""

from typing import Any

import pytest

from connectors.stores.shopify import ShopifyStore
from steward.catalog import ByCollection, CatalogDetail, EveryProduct, Product, Selection
from steward.changes import ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.execution import Accepted, Rejected
from steward.intents import Intent
from steward.operations import Operation, ReplaceText, SetStatus, SetText, detail_for
from steward.values import ABSENT, Listing, ListingStatus, Text
from tests.connectors.shopify.changes import product_change
from tests.connectors.shopify.conftest import Open, SandboxStore
from tests.connectors.shopify.test_store_over_http import send_all

SUMMER = ByCollection(collection="summer")
ALL_TEXTS = CatalogDetail(
    fields=frozenset(
        {
            FieldName.TITLE,
            FieldName.DESCRIPTION,
            FieldName.SEO_TITLE,
            FieldName.SEO_DESCRIPTION,
            FieldName.STATUS,
        }
    )
)
REWRITING: tuple[Operation, ...] = (
    SetText(field=FieldName.TITLE, text="{title} <&> \u00fc"),
    SetText(field=FieldName.DESCRIPTION, text="<p>{vendor}</p>{current}"),
    SetText(field=FieldName.SEO_TITLE, text="Buy {title}"),
    SetText(field=FieldName.SEO_DESCRIPTION, text=""),
    SetStatus(status=ListingStatus.HIDDEN),
)
OWN_FIELDS = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product {
  id title descriptionHtml status seo { title description } tags } } }"""


def held(store: SandboxStore, ids: list[str]) -> dict[str, Any]:
    """Return what the platform shows of products, past the connector."""
    return {node["id"]: node for node in store.ask(OWN_FIELDS, ids=ids)["nodes"]}


async def compiled(store: ShopifyStore, selection: Selection, *operations: Operation) -> ChangeSet:
    """Compile operations as a run does."""
    snapshot = await store.read_catalog(selection, detail_for(operations))
    return compile_intent(Intent(selection=selection, operations=operations), snapshot)


def shown(product: Product) -> tuple[str | None, ...]:
    """Return a product's texts and status in the order of `wire`."""
    texts = [product.texts[field] for field in sorted(product.texts)]
    status = None if product.status is None else str(product.status)
    return (*(text.text if isinstance(text, Text) else None for text in texts), status)


def wire(node: dict[str, Any]) -> tuple[str | None, ...]:
    """Return what the platform shows, in the same order: by the names of our fields."""
    seo = node["seo"]
    return (
        node["descriptionHtml"],
        seo["description"] or None,
        seo["title"] or None,
        node["title"],
        node["status"].lower().replace("unlisted", "hidden"),
    )


async def test_texts_and_status_are_read_as_the_platform_shows_them(
    acme: SandboxStore, open_store: Open
) -> None:
    """Only what is asked for is there, and an SEO text that is not set is absent."""
    store = open_store(acme)
    snapshot = await store.read_catalog(EveryProduct(), ALL_TEXTS)
    truth = held(acme, [product.id for product in snapshot.products])

    assert {product.id: shown(product) for product in snapshot.products} == {
        product_id: wire(node) for product_id, node in truth.items()
    }
    some = CatalogDetail(fields=frozenset({FieldName.SEO_TITLE}))
    product = (await store.read_catalog(SUMMER, some)).products[0]
    assert set(product.texts) == {FieldName.SEO_TITLE}
    assert product.status is None
    assert all(one.texts == {} for one in (await store.read_catalog(SUMMER)).products)


async def test_rewritten_products_are_read_back_and_undone(
    acme: SandboxStore, open_store: Open
) -> None:
    """Each product is written once, by one call, and is exactly as before after the undo."""
    store = open_store(acme)
    change_set = await compiled(store, SUMMER, *REWRITING)
    targets = [change.target for change in change_set.changes]
    products = list(dict.fromkeys(change.product_id for change in change_set.changes))
    before = held(acme, products)
    calls = acme.statistics()["requests"]

    assert await send_all(store, change_set.changes) == [Accepted()] * len(targets)

    assert acme.statistics()["requests"] - calls == len(products)
    live = await store.read_values(targets)
    assert live == {change.target: change.after for change in change_set.changes}
    assert held(acme, products) != before
    await send_all(store, change_set.inverse().changes)
    assert held(acme, products) == before


async def test_every_status_is_written_and_restored(acme: SandboxStore, open_store: Open) -> None:
    """Active, draft, hidden (UNLISTED) and archived, each from each."""
    store = open_store(acme)
    (product, *_) = (await store.read_catalog(SUMMER)).products
    only = ByCollection(collection="summer")
    for status in (*ListingStatus, ListingStatus.ACTIVE):
        snapshot = await store.read_catalog(only, detail_for((SetStatus(status=status),)))
        intent = Intent(selection=only, operations=(SetStatus(status=status),))
        current = next(one for one in snapshot.products if one.id == product.id)
        if current.status != Listing(status=status):
            change_set = compile_intent(intent, snapshot)
            await send_all(store, change_set.changes)
        (node,) = held(acme, [product.id]).values()
        assert node["status"] == {"hidden": "UNLISTED"}.get(status, status.upper())


async def test_an_empty_description_is_a_text(acme: SandboxStore, open_store: Open) -> None:
    """It reads as an empty text, not as absent, and comes back."""
    store = open_store(acme)
    (product, *_) = (await store.read_catalog(SUMMER)).products
    number = int(product.id.rpartition("/")[2])
    empty = product_change(number, FieldName.DESCRIPTION, Text(text=""))
    await send_all(store, [empty])
    assert await store.read_values([empty.target]) == {empty.target: Text(text="")}


async def test_a_refused_text_is_refused_as_it_was_predicted(
    acme: SandboxStore, open_store: Open
) -> None:
    """And nothing of the product was written."""
    store = open_store(acme)
    change_set = await compiled(
        store, SUMMER, ReplaceText(field=FieldName.TITLE, find="No.", replacement="x" * 250)
    )
    changes = change_set.changes[:1]
    (request,) = store.requests_for(changes)
    before = held(acme, [changes[0].product_id])

    predicted = store.predict(request)
    assert await store.send(request) == predicted
    assert isinstance(predicted[0], Rejected)
    assert held(acme, [changes[0].product_id]) == before


async def test_a_product_that_is_gone_is_refused_and_left_out(
    acme: SandboxStore, open_store: Open
) -> None:
    """Its values are left out of what is read."""
    store = open_store(acme)
    gone = product_change(1, FieldName.SEO_TITLE, Text(text="x"))
    assert await send_all(store, [gone]) == [
        Rejected(code="UNKNOWN", reason="Product does not exist")
    ]
    assert await store.read_values([gone.target]) == {}


@pytest.mark.parametrize("field", [FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION])
async def test_an_seo_text_that_is_cleared_follows_the_product_again(
    field: FieldName, acme: SandboxStore, open_store: Open
) -> None:
    """It then reads as absent, whatever its neighbour holds."""
    store = open_store(acme)
    (product, *_) = (await store.read_catalog(SUMMER)).products
    number = int(product.id.rpartition("/")[2])
    given = product_change(number, field, Text(text="own"))
    await send_all(store, [given])
    assert await store.read_values([given.target]) == {given.target: Text(text="own")}
    await send_all(store, [given.inverse()])
    assert await store.read_values([given.target]) == {given.target: ABSENT}
