"""Price lists: read by list, written whole and one batch at a time, deleted by an undo."""

import asyncio
from typing import Any

import httpx
import pytest

from connectors.stores.bigcommerce import writing
from steward.catalog import CatalogDetail, EveryProduct, ListPrice, PriceList, Variant
from steward.errors import InvalidInput, StoreError
from steward.execution import Accepted, Answer, Rejected
from steward.values import ABSENT
from tests.connectors.bigcommerce.fakes import (
    COMPARE_AT,
    PRICE,
    FakeBigCommerce,
    json_response,
    page,
    product,
    store_that,
    usd,
    variant,
)
from tests.connectors.bigcommerce.price_list_shop import PriceListShop, created, listed, sent


async def test_values_are_absent_without_a_record_and_left_out_without_the_variant() -> None:
    """So that a variant that is gone is not taken for one with the catalogue's price."""
    shop = PriceListShop({7: {"price": 10, "sale_price": 8}}, {7, 8})
    targets = [listed(number, name).target for number in (7, 8, 9) for name in (PRICE, COMPARE_AT)]
    live = await store_that(shop).read_values(targets)  # type: ignore[arg-type]
    assert list(live.values()) == [usd("8.00"), usd("10.00"), ABSENT, ABSENT]
    assert list(live) == targets[:4]


async def test_a_price_list_that_is_gone_has_no_prices() -> None:
    """They are left out when read, and refused when written; a wrong address is another matter."""
    shop = PriceListShop({7: {"price": 10}}, {7}, is_there=False)
    assert await store_that(shop).read_values([listed(7).target]) == {}  # type: ignore[arg-type]
    gone = Rejected(code="NOT_FOUND", reason="the price list no longer exists")
    assert await sent(shop, listed(7)) == (gone,)
    with pytest.raises(StoreError, match="does not exist at its address"):
        await store_that(lambda _: httpx.Response(404)).read_values([listed(7).target])


async def test_an_undo_deletes_the_record_that_a_price_made() -> None:
    """By variant and currency; one that is gone already needs no call."""
    shop = PriceListShop({7: {"price": 8}}, {7, 8})
    answers = await sent(shop, created(7).inverse(), created(8).inverse())
    assert answers == (Accepted(), Accepted())
    assert shop.deleted == [{"variant_id:in": "7", "currency": "USD"}]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"retail_price": 12}, "RECORD_HOLDS_MORE"),
        ({"map_price": 0}, "RECORD_HOLDS_MORE"),
        ({"bulk_pricing_tiers": [{"type": "fixed", "amount": 1}]}, "RECORD_HOLDS_MORE"),
        ({"sale_price": 5}, "INHERITED_PRICE"),
    ],
)
async def test_a_record_that_holds_more_by_now_is_not_deleted(
    more: dict[str, object], code: str
) -> None:
    """Somebody else's retail price, quantity discount or sale would be lost with it."""
    shop = PriceListShop({7: {"price": 8, **more}, 8: {"price": 8}}, {7, 8})
    answers = await sent(shop, created(7).inverse(), created(8).inverse())
    assert [getattr(answer, "code", "") for answer in answers] == [code, ""]
    assert shop.deleted == [{"variant_id:in": "8", "currency": "USD"}]


async def test_a_record_without_a_price_is_left_alone() -> None:
    """A price in it could not be taken away again without losing the rest."""
    shop = PriceListShop({7: {"retail_price": 12}}, {7})
    (answer,) = await sent(shop, created(7))
    assert getattr(answer, "code", "") == "RECORD_WITHOUT_PRICE"
    assert shop.written == []


@pytest.mark.parametrize(("named", "calls"), [(True, 2), (False, 7)])
async def test_a_refusal_may_have_saved_the_others(*, named: bool, calls: int) -> None:
    """HTTP 422 names the records that were refused; the others are sent again, to be certain."""

    def refuse(items: list[dict[str, Any]]) -> httpx.Response | None:
        if all(one["variant_id"] != 3 for one in items):
            return None
        data = {"variant_id": 3} if named else {}
        problem = {"data": data, "field_errors": {"price": "price is not good"}}
        return json_response({"batch_errors": [problem]}, 422)

    shop = PriceListShop({number: {"price": 10} for number in range(8)}, refuse=refuse)
    answers = await sent(shop, *(listed(number) for number in range(8)))
    expected: list[Answer] = [Accepted()] * 8
    expected[3] = Rejected(code="422", reason="price is not good")
    assert list(answers) == expected
    assert len(shop.written) == calls


async def test_one_batch_is_written_and_ten_are_read_at_a_time() -> None:
    """The platform refuses more of them (HTTP 429), and says so in two ways."""
    shop = PriceListShop({number: {"price": 10} for number in range(1, 4001)})
    store = store_that(shop)  # type: ignore[arg-type]
    await store.read_values([listed(1).target])
    changes = [listed(number) for number in range(1, 4001)]
    requests = writing.requests_for(changes)
    answers = await asyncio.gather(*map(store.send, requests))
    assert {one for some in answers for one in some} == {Accepted()}
    assert len(shop.written) == 4
    assert shop.most["PUT"] == 1
    assert 1 < shop.most["GET"] <= 10


async def test_a_snapshot_holds_every_variants_price_by_the_list() -> None:
    """Its own, or the catalogue's that it inherits: the variant's, or else the product's."""
    catalog = FakeBigCommerce(
        {
            1: product(1, sale_price=9, variants=[variant(11, option_values=[], sku=None)]),
            2: product(2, variants=[variant(21, price=12, sale_price=11), variant(22)]),
        }
    )
    records = {22: {"price": 6, "sale_price": 5}}

    def shop(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/pricelists"):
            lists = [{"id": 3, "name": "Wholesale"}, {"id": 4, "name": "3"}]
            return json_response(page(lists, 1))
        if "pricelists" not in request.url.path:
            return catalog(request)
        assert request.url.path.endswith("/pricelists/3/records")
        found = [{"variant_id": one, "currency": "USD", **own} for one, own in records.items()]
        return json_response(page(found, 1))

    detail = CatalogDetail(price_lists=("WHOLESALE", "3", "nowhere"))
    snapshot = await store_that(shop).read_catalog(EveryProduct(), detail)

    wholesale = PriceList(id="3", name="Wholesale")
    assert snapshot.price_lists == {"WHOLESALE": wholesale, "3": wholesale}

    def row(
        number: str, title: str, sku: str, price: str, compare_at: str | None, *, inherits: bool
    ) -> ListPrice:
        own = Variant(
            id=number,
            title=title,
            sku=sku,
            price=usd(price),
            compare_at_price=None if compare_at is None else usd(compare_at),
        )
        return ListPrice(price_list=wholesale, variant=own, inherits=inherits)

    assert [one.list_prices for one in snapshot.products] == [
        (row("11", "Default Title", "P-1", "9.00", "10.00", inherits=True),),
        (
            row("21", "Red / XL", "V-21", "11.00", "12.00", inherits=True),
            row("22", "Red / XL", "V-22", "5.00", "6.00", inherits=False),
        ),
    ]


async def test_price_lists_of_one_name_are_told_apart_by_their_ids() -> None:
    """They are named in the refusal."""

    def shop(_: httpx.Request) -> httpx.Response:
        return json_response(page([{"id": one, "name": "Staff"} for one in (3, 4)], 1))

    with pytest.raises(InvalidInput, match=r"has 2 price lists called 'staff'.*3, 4"):
        await store_that(shop).read_catalog(EveryProduct(), CatalogDetail(price_lists=("staff",)))
