"""Price lists: what a record shows, how it is written whole, and when it is deleted."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce import writing
from connectors.stores.bigcommerce.price_list_answers import PriceRecord
from connectors.stores.bigcommerce.price_records import RecordChanges, values_of
from steward.catalog import CatalogDetail, EveryProduct, ListPrice, PriceList, Variant
from steward.changes import Change, FieldName, Target
from steward.errors import InvalidInput, StoreError, UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected
from steward.money import Money
from steward.values import ABSENT, Value
from tests.connectors.bigcommerce.fakes import (
    COMPARE_AT,
    PRICE,
    PRODUCT,
    VARIANT,
    FakeBigCommerce,
    json_response,
    page,
    product,
    store_that,
    usd,
    variant,
)

WRITE, DELETE = "upsertPriceListRecords", "deletePriceListRecords"


def listed(
    number: int,
    field_name: FieldName = PRICE,
    before: Value | None = None,
    after: Value | None = None,
    price_list: int = 1,
) -> Change:
    """Return a change of a variant's price in a price list, from 10.00 to 8.00 USD unless told."""
    return Change(
        target=Target(
            resource_kind=VARIANT, resource_id=str(number), field=field_name, key=str(price_list)
        ),
        product_id="1",
        label=f"variant {number}",
        before=before or usd("10.00"),
        after=after or usd("8.00"),
        key_label="Wholesale",
    )


def created(number: int) -> Change:
    """Return the change that gives a variant a price of its own in the list."""
    return listed(number, PRICE, ABSENT, usd("8.00"))


def record(number: int = 7, **prices: object) -> PriceRecord:
    """Return a record as the connector parses it."""
    parsed = {name: Decimal(str(one)) for name, one in prices.items() if not isinstance(one, list)}
    tiers = {name: one for name, one in prices.items() if isinstance(one, list)}
    return PriceRecord.model_validate({"variant_id": number, "currency": "usd", **parsed, **tiers})


cents = st.integers(0, 10**6).map(lambda number: Decimal(number) / 100)
records = st.none() | st.builds(
    PriceRecord,
    variant_id=st.just(7),
    currency=st.just("usd"),
    price=cents,
    sale_price=st.none() | cents,
)


@given(records, records)
def test_every_change_of_prices_can_be_written_and_undone(
    before: PriceRecord | None, after: PriceRecord | None
) -> None:
    """From any record, or none, to any other, and back: what is read is what was asked for."""
    live = before
    for end in (after, before):
        old, new = values_of(live, "USD"), values_of(end, "USD")
        changes = tuple(
            listed(7, name, old[name], new[name]) for name in old if old[name] != new[name]
        )
        if not changes:
            continue
        wanted = RecordChanges(7, changes)
        assert wanted.fault is None
        if wanted.deletes:
            assert live is not None
            assert wanted.deletion_fault(live) is None
            live = None
        else:
            content = wanted.content(live)
            assert not isinstance(content, Rejected)
            parsed = json.loads(json.dumps(content), parse_float=Decimal)
            live = PriceRecord.model_validate(parsed)
        assert values_of(live, "USD") == new


@pytest.mark.parametrize(
    ("held", "price", "compare_at"),
    [
        (None, None, None),
        (record(price=10), "10", None),
        (record(price=0), "0", None),
        (record(price=10, sale_price=8), "8", "10"),
        (record(price=10, sale_price=0), "0", "10"),
        (record(price=10, sale_price=10), "10", None),
        (record(price="10.004", sale_price="10.001"), "10", None),
        (record(retail_price=12), None, None),
    ],
)
def test_in_a_price_list_0_is_a_price_and_no_record_is_the_catalogues(
    held: PriceRecord | None, price: str | None, compare_at: str | None
) -> None:
    """A sale price that is the price is no sale: the platform cannot take it away."""
    shown = {
        name: ABSENT if amount is None else usd(amount)
        for name, amount in ((PRICE, price), (COMPARE_AT, compare_at))
    }
    assert values_of(held, "USD") == shown


def test_a_record_is_written_whole() -> None:
    """What else it holds stays, whether the platform keeps or drops what is left out."""
    tiers = [
        {"quantity_min": 10, "quantity_max": 19, "type": "percent", "amount": Decimal("2.5")},
        {"quantity_min": 20, "quantity_max": None, "type": "percent", "amount": 5},
    ]
    live = record(price=10, retail_price="12.5", map_price=9, bulk_pricing_tiers=tiers)
    assert RecordChanges(7, (listed(7),)).content(live) == {
        "variant_id": 7,
        "currency": "USD",
        "price": 8.0,
        "retail_price": 12.5,
        "map_price": 9.0,
        "bulk_pricing_tiers": [
            {"quantity_min": 10, "quantity_max": 19, "type": "percent", "amount": 2.5},
            {"quantity_min": 20, "type": "percent", "amount": 5},
        ],
    }


def test_an_amount_that_does_not_change_keeps_its_finer_digits() -> None:
    """And a sale that is over follows the price, so that it does not come back."""
    during = RecordChanges(7, (listed(7, PRICE, usd("8.00"), usd("7.00")),))
    assert during.content(record(price="10.004", sale_price=8)) == {
        "variant_id": 7,
        "currency": "USD",
        "price": 10.004,
        "sale_price": 7.0,
    }
    over = RecordChanges(7, (listed(7),)).content(record(price=10, sale_price=10))
    assert over == {"variant_id": 7, "currency": "USD", "price": 8.0, "sale_price": 8.0}


LONG = Money(amount=Decimal("99999999999999.99"), currency="USD")


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ([listed(7, PRICE, after=LONG)], "AMOUNT_NOT_EXACT"),
        ([listed(7), listed(7, COMPARE_AT, ABSENT, usd("8.00"))], "SALE_PRICE_EQUAL"),
        (
            [listed(7, PRICE, after=ABSENT), listed(7, COMPARE_AT, ABSENT, usd("8.00"))],
            "INHERITED_PRICE",
        ),
        ([listed(7, PRICE, after=usd("0.00")), listed(7, COMPARE_AT, ABSENT, usd("8.00"))], ""),
    ],
)
def test_what_could_not_be_read_back_is_predicted(own: Sequence[Change], code: str) -> None:
    """For both prices of the variant; a price of nothing during a sale is none of it here."""
    answers = [answer for made in writing.requests_for(own) for answer in writing.predict(made)]
    assert [getattr(answer, "code", "") for answer in answers] == [code] * len(own)


def test_requests_hold_what_the_platform_takes() -> None:
    """One price list each; a variant's prices together; deletions by address, which is shorter."""
    sales = [
        one
        for number in range(1001)
        for one in (listed(number), listed(number, COMPARE_AT, ABSENT, usd("10.00")))
    ]
    requests = writing.requests_for(sales)
    assert [len(made.changes) for made in requests] == [2000, 2]
    undone = writing.requests_for([created(number).inverse() for number in range(251)])
    assert [(made.operation, len(made.changes)) for made in undone] == [(DELETE, 250), (DELETE, 1)]
    mixed = [listed(1), listed(1, price_list=2), created(2).inverse()]
    assert [made.operation for made in writing.requests_for(mixed)] == [WRITE, WRITE, DELETE]
    assert len({made.resource for made in writing.requests_for(mixed)}) == 3


def test_a_price_list_is_named_by_its_number_and_prices_variants_alone() -> None:
    """Anything else is refused beforehand."""
    change = listed(1)
    named = change.target.model_copy(update={"key": "Wholesale"})
    with pytest.raises(InvalidInput, match="'Wholesale' is no BigCommerce id"):
        writing.requests_for([change.model_copy(update={"target": named})])
    of_product = change.target.model_copy(update={"resource_kind": PRODUCT})
    with pytest.raises(UnsupportedOperation, match="no product has the field 'price'"):
        writing.requests_for([change.model_copy(update={"target": of_product})])


@dataclass
class PriceListShop:
    """Price lists in a few lines; `refuse` returns the answer to a refused batch, or None."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    variants: set[int] = field(default_factory=set)
    is_there: bool = True
    refuse: Callable[[list[dict[str, Any]]], httpx.Response | None] = lambda _: None
    written: list[list[dict[str, Any]]] = field(default_factory=list)
    deleted: list[dict[str, str]] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call, after a while."""
        if "pricelists" not in request.url.path:
            return self._catalog(request)
        method = request.method
        self.under_way[method] = self.under_way.get(method, 0) + 1
        self.most[method] = max(self.most.get(method, 0), self.under_way[method])
        for _ in range(50):
            await asyncio.sleep(0)
        self.under_way[method] -= 1
        return self._answer(request)

    def _catalog(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/v2/store"):
            return json_response({"currency": "USD"})
        wanted = [int(text) for text in request.url.params["id:in"].split(",")]
        found = [variant(number) for number in wanted if number in self.variants]
        return json_response(page(found, 1))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if not self.is_there:
            problem = {"status": 404, "title": "A price list was not found", "errors": {}}
            return json_response(problem, 404)
        if request.method == "DELETE":
            self.deleted.append(dict(request.url.params))
            return httpx.Response(204)
        if request.method == "PUT":
            items = json.loads(request.content)
            self.written.append(items)
            refused = self.refuse(items)
            return refused or json_response({"data": {}, "meta": {}})
        wanted = [int(text) for text in request.url.params["variant_id:in"].split(",")]
        found = [
            {"variant_id": number, "currency": "usd", **self.records[number]}
            for number in wanted
            if number in self.records
        ]
        return json_response(page(found, 1))


async def sent(shop: PriceListShop, *own: Change) -> Sequence[Answer]:
    """Send the one request that carries the changes."""
    (request,) = writing.requests_for(own)
    return await store_that(shop).send(request)  # type: ignore[arg-type]


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
