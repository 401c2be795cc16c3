"""Reading the catalogue: complete, once each, in order, whatever the pages look like."""

import asyncio
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify.search import quoted
from steward.catalog import (
    ByCollection,
    ByIds,
    ByTag,
    ByVendor,
    EveryProduct,
    Selection,
    Snapshot,
)
from steward.errors import InvalidInput, StoreAnswerInvalid
from steward.money import Money
from tests.connectors.shopify.fakes import NOON, FakeProduct, FakeShopify, answering, store_that


def read(shop: FakeShopify, selection: Selection) -> Snapshot:
    """Read a selection of the fake shop."""
    return asyncio.run(store_that(shop).read_catalog(selection))


def numbers(snapshot: Snapshot) -> list[int]:
    """Return the products' numbers as the snapshot orders them."""
    return [int(product.id.rpartition("/")[2]) for product in snapshot.products]


@given(
    variants=st.dictionaries(st.integers(1, 10**6), st.integers(1, 40), max_size=8),
    page=st.integers(1, 5),
    variant_page=st.integers(4, 45),
    selection=st.sampled_from([EveryProduct(), ByCollection(collection="summer")]),
)
def test_every_page_of_products_and_variants_is_read(
    variants: dict[int, int], page: int, variant_page: int, selection: Selection
) -> None:
    """However small the pages are, each product is there once with all its variants in order."""
    products = [FakeProduct(number, count) for number, count in variants.items()]
    shop = FakeShopify(products, most_products=page, most_variants=variant_page)

    snapshot = read(shop, selection)

    assert numbers(snapshot) == sorted(variants)
    for product in snapshot.products:
        count = variants[int(product.id.rpartition("/")[2])]
        assert [variant.title for variant in product.variants] == [
            f"Size {position}" for position in range(count)
        ]


def test_a_product_that_appears_on_two_pages_is_taken_once() -> None:
    """The catalogue may move while it is being paged."""
    products = [FakeProduct(number) for number in range(1, 8)]
    shop = FakeShopify(products, most_products=2)
    moving = random.Random(3)
    shop.between_pages = lambda: products.insert(0, products[moving.randrange(3)])

    snapshot = read(shop, EveryProduct())

    assert set(numbers(snapshot)) == set(range(1, 8))
    assert len(numbers(snapshot)) == 7


def test_a_product_that_goes_while_its_variants_are_paged_is_left_out() -> None:
    """What no longer exists is not in the snapshot, not even in part."""
    products = [FakeProduct(1, variants=300), FakeProduct(2)]
    shop = FakeShopify(products)
    shop.between_pages = lambda: products.remove(products[0]) if len(products) == 2 else None

    assert numbers(read(shop, EveryProduct())) == [2]


def test_values_are_taken_as_the_store_writes_them() -> None:
    """Prices are decimals in the shop's currency; no compare-at price and no SKU are none."""
    snapshot = read(FakeShopify([FakeProduct(7, variants=2)], currency="EUR"), EveryProduct())

    first, second = snapshot.products[0].variants
    assert (snapshot.currency, snapshot.taken_at, snapshot.store) == ("EUR", NOON, "acme")
    assert first.price == Money(amount=Decimal("1.50"), currency="EUR")
    assert first.compare_at_price == Money(amount=Decimal(2), currency="EUR")
    assert (first.sku, second.sku) == (None, "SKU-7-1")
    assert second.compare_at_price is None


async def test_a_currency_without_cents_is_read_with_or_without_zeros() -> None:
    """1200 yen are 1200 yen, however many zeros the platform writes behind the point."""
    for text in ("1200", "1200.00"):
        data = product_page(price=text) | {"shop": {"currencyCode": "JPY"}}
        snapshot = await store_that(answering(data)).read_catalog(EveryProduct())
        assert snapshot.products[0].variants[0].price == Money(amount=Decimal(1200), currency="JPY")


def test_an_unknown_collection_holds_nothing() -> None:
    """Compiling then says that the selection is empty."""
    assert read(FakeShopify([FakeProduct(1)]), ByCollection(collection="winter")).products == ()


def test_what_the_search_finds_too_much_is_left_out() -> None:
    """Tags and vendors are compared again as whole values, without regard to case."""
    shop = FakeShopify(
        [
            FakeProduct(1, tags=["Summer Sale"]),
            FakeProduct(2, tags=["summer"], vendor="Levi's"),
            FakeProduct(3, tags=["SUMMER"], vendor="Levi's Kids"),
        ]
    )
    assert numbers(read(shop, ByTag(tag="Summer"))) == [2, 3]
    assert numbers(read(shop, ByVendor(vendor="levi's"))) == [2]
    assert shop.queries == ['tag:"Summer"', 'vendor:"levi\'s"']


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("summer", '"summer"'),
        ("Levi's", '"Levi\'s"'),
        ('17" screen', "'17\" screen'"),
        ("5' 10\" OR tag:x", '"5\' 10\\" OR tag:x"'),
        ("back\\slash", '"back\\\\slash"'),
    ],
)
def test_search_values_are_quoted(value: str, expected: str) -> None:
    """No value can end its quotes early and become another search."""
    assert quoted(value) == expected


def test_products_are_read_by_id_in_both_ways_of_writing_one() -> None:
    """Ids may be global ids or bare numbers, twice the same; one that is gone is left out."""
    shop = FakeShopify([FakeProduct(number) for number in range(1, 301)])
    ids = (*(str(number) for number in range(300, 0, -1)), "gid://shopify/Product/7", "999")

    assert numbers(read(shop, ByIds(ids=ids))) == list(range(1, 301))
    assert shop.calls == ["ProductsById"] * 2


def test_what_is_no_product_id_is_refused_before_anything_is_asked() -> None:
    """A variant's id, or a name, is named in the refusal."""
    shop = FakeShopify([])
    with pytest.raises(InvalidInput, match=r"ProductVariant/1"):
        read(shop, ByIds(ids=("gid://shopify/ProductVariant/1",)))
    assert shop.calls == []


def product_page(**changed: object) -> dict[str, object]:
    """Return an answer to SearchProducts, with a part of its one product changed."""
    variant = {"id": "v", "title": "t", "sku": None, "price": "1.00", "compareAtPrice": None}
    end = {"hasNextPage": False, "endCursor": None}
    node = {
        "id": "p",
        "title": "t",
        "vendor": "v",
        "tags": [],
        "variants": {"nodes": [variant | changed], "pageInfo": end},
    }
    return {"shop": {"currencyCode": "USD"}, "products": {"nodes": [node], "pageInfo": end}}


@pytest.mark.parametrize(
    "data",
    [
        product_page(price=1.5),
        product_page(price="1,50"),
        product_page(price="-1.00"),
        product_page(price="NaN"),
        product_page(price="1.005"),
        product_page(price=None),
        product_page(compareAtPrice=3),
        product_page(id=7),
        product_page() | {"shop": {"currencyCode": "dollars"}},
        product_page() | {"shop": None},
        {"products": None},
        {},
        None,
    ],
)
async def test_an_answer_of_another_form_is_not_taken(data: object) -> None:
    """What the platform's contract does not allow is an error that quotes no value."""
    with pytest.raises(StoreAnswerInvalid, match="Store 'acme' answered something unusable"):
        await store_that(answering(data)).read_catalog(EveryProduct())


@pytest.mark.parametrize("cursor", ["same", None, ""])
async def test_pages_that_do_not_go_on_end_the_reading(cursor: str | None) -> None:
    """A store that promises a next page and gives no way to it is not asked for ever."""
    data = product_page()
    data["products"] = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": cursor}}
    with pytest.raises(StoreAnswerInvalid, match="pages do not go on"):
        await store_that(answering(data)).read_catalog(EveryProduct())
