"""What is read of products beside prices: complete, whatever the pages look like."""

import asyncio
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.catalog import CatalogDetail, EveryProduct, Snapshot
from steward.changes import FieldName
from steward.errors import StoreAnswerInvalid
from steward.execution import Accepted
from tests.connectors.shopify.changes import member_change, request
from tests.connectors.shopify.fakes import FakeProduct, FakeShopify, answering, store_that

CATEGORIES = CatalogDetail(fields=frozenset({FieldName.CATEGORY}))
STOCK = CatalogDetail(fields=frozenset({FieldName.INVENTORY_QUANTITY}))


def read(shop: FakeShopify, detail: CatalogDetail) -> Snapshot:
    """Read everything of the fake shop."""
    return asyncio.run(store_that(shop).read_catalog(EveryProduct(), detail))


@given(counts=st.lists(st.integers(0, 130), min_size=1, max_size=2), page=st.integers(9, 120))
def test_every_collection_of_every_product_is_read(counts: list[int], page: int) -> None:
    """However many there are and however small the pages."""
    products = [FakeProduct(number + 1, collections=one) for number, one in enumerate(counts)]
    snapshot = read(FakeShopify(products, most_beside=page), CATEGORIES)
    for product, count in zip(snapshot.products, counts, strict=True):
        assert [one.name for one in product.categories] == [f"Collection {n}" for n in range(count)]


@given(counts=st.lists(st.integers(0, 30), min_size=1, max_size=2), page=st.integers(3, 25))
def test_every_location_of_every_tracked_variant_is_read(counts: list[int], page: int) -> None:
    """What is not tracked has no stock."""
    products = [FakeProduct(n + 1, variants=3, locations=one) for n, one in enumerate(counts)]
    snapshot = read(FakeShopify(products, most_beside=page), STOCK)
    for product, count in zip(snapshot.products, counts, strict=True):
        levels = [(level.title, level.location.name, level.units) for level in product.stock]
        number = int(product.id.rpartition("/")[2])
        assert levels == [
            (title, f"L{n}", number + n) for title in ("Size 0", "Size 2") for n in range(count)
        ]


def test_only_what_is_asked_for_is_read() -> None:
    """Prices come with the list itself."""
    shop = FakeShopify([FakeProduct(1)])
    read(shop, CatalogDetail())
    assert shop.calls == ["SearchProducts"]


def forget_second(products: list[FakeProduct]) -> None:
    """Leave only the first product."""
    del products[1:]


def test_a_product_that_goes_meanwhile_is_left_out() -> None:
    """As if it had gone before; a variant that goes has no stock."""
    for detail, left in ((CATEGORIES, 1), (STOCK, 2)):
        products = [FakeProduct(1, locations=1), FakeProduct(2, locations=1)]
        shop = FakeShopify(products, between_pages=partial(forget_second, products))
        snapshot = read(shop, detail)
        assert len(snapshot.products) == left
        assert all(not product.stock for product in snapshot.products[1:])


def test_categories_are_looked_up_by_handle_and_known_to_be_smart() -> None:
    """One that is not there is left out; a smart one is remembered for predictions."""
    shop = FakeShopify([FakeProduct(1, collections=2)])
    store = store_that(shop)
    detail = CatalogDetail(fields=frozenset(), categories=("clever", "x"))
    snapshot = asyncio.run(store.read_catalog(EveryProduct(), detail))
    assert list(snapshot.categories) == ["clever"]
    assert store.predict(request(member_change(1, 0))) != (Accepted(),)
    assert store.predict(request(member_change(1, 1))) == (Accepted(),)


@pytest.mark.parametrize(
    "quantities",
    [[], [{"quantity": 1}, {"quantity": 2}], [{"quantity": "1"}], [{"quantity": 2**40}], [{}]],
)
async def test_a_stock_of_another_form_is_not_taken(quantities: list[object]) -> None:
    """What the platform's contract does not allow is an error that quotes no value."""
    end = {"hasNextPage": False, "endCursor": None}
    variant = {"id": "v", "title": "t", "sku": None, "price": "1.00", "compareAtPrice": None}
    node = {
        "id": "p",
        "title": "t",
        "vendor": "v",
        "tags": [],
        "variants": {"nodes": [variant], "pageInfo": end},
    }
    level = {"location": {"id": "l", "name": "L"}, "quantities": quantities}
    item = {"id": "i", "tracked": True, "inventoryLevels": {"nodes": [level], "pageInfo": end}}
    data = {
        "shop": {"currencyCode": "USD"},
        "products": {"nodes": [node], "pageInfo": end},
        "nodes": [{"id": "v", "inventoryItem": item}],
    }
    with pytest.raises(StoreAnswerInvalid, match="Store 'acme' answered something unusable"):
        await store_that(answering(data)).read_catalog(EveryProduct(), STOCK)
