"""Reading the catalogue: complete, once each, in order, whatever the pages look like."""

import asyncio
import json
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.catalog import ByIds, ByTag, CatalogDetail, EveryProduct, Selection, Snapshot
from steward.errors import InvalidInput, StoreAnswerInvalid, UnsupportedOperation
from steward.money import Money
from tests.connectors.bigcommerce.fakes import (
    NOON,
    PRODUCT,
    VARIANT,
    FakeBigCommerce,
    Handler,
    json_response,
    page,
    product,
    store_that,
    usd,
    variant,
)


def read(shop: Handler, selection: Selection) -> Snapshot:
    """Read a selection of the fake shop."""
    return asyncio.run(store_that(shop).read_catalog(selection))


def numbers(snapshot: Snapshot) -> list[int]:
    """Return the products' numbers as the snapshot orders them."""
    return [int(product.id) for product in snapshot.products]


@given(st.sets(st.integers(1, 10**6), max_size=12), st.integers(1, 5))
def test_every_page_is_read(ids: set[int], most: int) -> None:
    """However small the pages are, each product is there once, in the order of the ids."""
    shop = FakeBigCommerce({number: product(number) for number in ids}, most=most)
    assert numbers(read(shop, EveryProduct())) == sorted(ids)


def test_products_that_go_and_come_meanwhile_do_not_hide_others() -> None:
    """Each page begins behind the last id of the one before, wherever that is by then."""
    shop = FakeBigCommerce({number: product(number) for number in range(1, 10)}, most=2)

    def sell_out() -> None:
        shop.products.pop(min(shop.products))

    shop.between_pages = sell_out

    assert set(numbers(read(shop, EveryProduct()))) >= {1, 2, 9}
    assert len(shop.reads) > 3


def test_a_product_stands_beside_the_variants_with_a_price_of_their_own() -> None:
    """Variants that inherit are the product; ids are the platform's own numbers."""
    own = [
        variant(21),
        variant(22, price=12, sale_price=None),
        variant(23, price=12.5, sale_price=11),
        variant(24, sale_price=9),
    ]
    shop = FakeBigCommerce({7: product(7, price=10.10, sale_price=9.5, variants=own)})

    (found,) = read(shop, EveryProduct()).products

    rows = [(row.resource_kind, row.id, row.price, row.compare_at_price) for row in found.variants]
    assert rows == [
        (PRODUCT, "7", usd("9.50"), usd("10.10")),
        (VARIANT, "22", usd("12.00"), None),
        (VARIANT, "23", usd("11.00"), usd("12.50")),
    ]
    assert [row.title for row in found.variants] == ["Default Title", "Red / XL", "Red / XL"]
    assert [row.sku for row in found.variants] == ["P-7", "V-22", "V-23"]


@pytest.mark.parametrize(
    ("own", "of_variants", "expected"),
    [
        (4, (None, None), "4"),
        (4, (5, None), "5"),
        (4, (0, None), None),
        (0, (5, None), None),
        (0, (5, 6.001), "6.01"),
    ],
)
def test_what_a_product_costs_is_the_dearest_variant_at_its_price(
    own: float, of_variants: tuple[float | None, ...], expected: str | None
) -> None:
    """A cost that is missing of one of them is missing; variants with prices do not count."""
    inheriting = [variant(20 + place, cost_price=cost) for place, cost in enumerate(of_variants)]
    priced = variant(30, price=12, cost_price=9)
    shop = FakeBigCommerce({7: product(7, cost_price=own, variants=[*inheriting, priced])})
    detail = CatalogDetail(costs=True)
    snapshot = asyncio.run(store_that(shop).read_catalog(EveryProduct(), detail))
    row, with_price = snapshot.products[0].variants
    assert row.cost == (None if expected is None else usd(expected))
    assert with_price.cost == usd("9")


def test_a_snapshot_says_when_and_in_which_currency() -> None:
    """Amounts are decimals at the currency's precision, without a detour through binary floats."""
    shop = FakeBigCommerce({1: product(1, price=1200.0), 2: product(2, sku="")}, currency="JPY")

    snapshot = read(shop, EveryProduct())

    assert (snapshot.currency, snapshot.taken_at, snapshot.store) == ("JPY", NOON, "acme")
    first, second = (product.variants[0] for product in snapshot.products)
    assert first.price == Money(amount=Decimal(1200), currency="JPY")
    assert second.sku is None


def test_products_are_read_by_id_250_at_a_time() -> None:
    """Each once; one that is gone is left out."""
    shop = FakeBigCommerce({number: product(number) for number in range(1, 301)})
    ids = (*(str(number) for number in range(300, 0, -1)), "007", "999")

    assert numbers(read(shop, ByIds(ids=ids))) == list(range(1, 301))
    assert shop.reads == ["products"] * 2


@pytest.mark.parametrize("text", ["gid://shopify/Product/1", "-1", "1.5", "¹", "sku-1"])
def test_what_is_no_id_is_refused_before_anything_is_asked(text: str) -> None:
    """It is named in the refusal."""
    shop = FakeBigCommerce()
    with pytest.raises(InvalidInput, match=text):
        read(shop, ByIds(ids=(text,)))
    assert shop.reads == []


def test_tags_are_refused_since_the_platform_has_none() -> None:
    """With what can be selected by instead."""
    with pytest.raises(UnsupportedOperation, match=r"no tags.*category, brand"):
        read(FakeBigCommerce(), ByTag(tag="summer"))


@pytest.mark.parametrize(
    "changed",
    [
        {"price": "10.00"},
        {"price": -1},
        {"price": None},
        {"price": True},
        {"price": 1e15},
        {"sale_price": "0"},
        {"id": "7"},
        {"name": None},
        {"variants": None},
        {"variants": [{"id": 1, "price": 1}]},
    ],
)
async def test_a_product_of_another_form_is_not_taken(changed: dict[str, object]) -> None:
    """What the platform's contract does not allow is an error that quotes no value."""
    shop = FakeBigCommerce({7: product(7) | changed})
    with pytest.raises(StoreAnswerInvalid, match="Store 'acme' answered something unusable"):
        await store_that(shop).read_catalog(EveryProduct())


async def test_a_currency_of_another_form_is_not_taken() -> None:
    """Neither is a store that says nothing about it."""
    with pytest.raises(StoreAnswerInvalid, match="'currency'"):
        await store_that(FakeBigCommerce(currency="dollars")).read_catalog(EveryProduct())


@pytest.mark.parametrize("ids", [[], [3], [9, 8]])
async def test_pages_that_do_not_go_on_end_the_reading(ids: list[int]) -> None:
    """A store that promises a further page and gives no way to it is not asked for ever."""

    def handler(request: httpx.Request) -> httpx.Response:
        first = request.url.params.get("id:greater") == "0"
        found = [product(number) for number in ([3] if first else ids)]
        return json_response(page(found, 2))

    with pytest.raises(StoreAnswerInvalid, match="pages do not go on"):
        await store_that(handler).read_catalog(EveryProduct())


async def test_a_page_of_chosen_ids_must_be_whole() -> None:
    """A platform that pages them all the same would otherwise hide some."""
    shop = FakeBigCommerce({1: product(1), 2: product(2)}, most=1)
    with pytest.raises(StoreAnswerInvalid, match="not whole"):
        await store_that(shop).read_catalog(ByIds(ids=("1", "2")))


async def test_the_currency_is_asked_for_once_by_all_who_come_together() -> None:
    """And not again within ten minutes."""
    asked: list[str] = []
    shop = FakeBigCommerce({1: product(1)})

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return shop(request)

    store = store_that(handler)
    await asyncio.gather(*(store.read_catalog(EveryProduct()) for _ in range(3)))
    assert asked.count("/stores/abc123/v2/store") == 1


def test_prices_do_not_pass_through_binary_floats() -> None:
    """Every digit of a JSON number counts until it is rounded to the currency, half up."""
    text = json.dumps(page([product(1)], 1)).replace('"price": 10,', '"price": 1.005,')

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/v2/store"):
            return json_response({"currency": "USD"})
        return httpx.Response(200, content=text.encode())

    (found,) = read(handler, EveryProduct()).products
    assert found.variants[0].price == usd("1.01")
