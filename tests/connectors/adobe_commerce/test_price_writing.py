"""Writing prices: what is stored for what is shown, in which order, and what became of it."""

import json
from typing import Any

import httpx
import pytest

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.changes import Change
from steward.errors import AnswerLost
from steward.execution import Accepted, Answer, Rejected
from tests.connectors.adobe_commerce.fakes import (
    FakeMagento,
    PatientTimer,
    change,
    json_response,
    sale,
    store_that,
    usd,
)

FOREVER = "2038-01-19 03:14:07"
ON_SALE = {
    "sku": "A",
    "store_id": 0,
    "price": 15.949999999999999,
    "price_from": "2026-01-01 00:00:00",
    "price_to": "2026-12-31 00:00:00",
}


async def send(store: AdobeCommerceStore, changes: list[Change]) -> list[Answer]:
    """Send all requests and return all answers."""
    return [
        answer for request in store.requests_for(changes) for answer in await store.send(request)
    ]


def calls(magento: FakeMagento) -> list[tuple[str, list[str]]]:
    """Return the writes: each endpoint, and the SKUs of its rows."""
    return [(endpoint, [row["sku"] for row in rows]) for endpoint, rows in magento.writes]


async def test_a_plain_price_is_the_regular_price() -> None:
    """It needs one call, for the scope that all store views inherit from."""
    magento = FakeMagento(regular={"A": 29.949999999999999})
    assert await send(store_that(magento), [change("A", "price", "29.95", "25.46")]) == [Accepted()]
    assert magento.writes == [("base-prices", [{"sku": "A", "store_id": 0, "price": 25.46}])]


async def test_a_sale_is_a_special_price_that_counts_at_once() -> None:
    """The regular price stays as it is; where the store takes it, the start lies in the past."""
    timer = PatientTimer()
    magento = FakeMagento(regular={"A": 20}, past_starts=True)
    store = store_that(magento, timer=timer)
    assert await send(store, sale("A", "20.00", "17.00")) == [Accepted()] * 2
    row = {"sku": "A", "store_id": 0, "price": 17.0, "price_from": "2026-06-30 12:00:00"}
    assert magento.writes == [("special-price", [{**row, "price_to": FOREVER}])]
    assert timer.waits == []


@pytest.mark.parametrize("words", [None, "Ungültig: %label = %priceTo."])
async def test_where_a_start_must_lie_ahead_the_write_waits_for_it(words: str | None) -> None:
    """Whether it must shows at the first refusal, in any language, and is remembered."""
    timer = PatientTimer()
    magento = FakeMagento(regular={"A": 20, "B": 20})
    if words is not None:
        magento.start_message = words
    store = store_that(magento, timer=timer)

    assert await send(store, sale("A", "20.00", "17.00")) == [Accepted()] * 2
    starts = [rows[0]["price_from"] for _, rows in magento.writes]
    assert starts == ["2026-06-30 12:00:00", "2026-07-01 12:00:03"]
    assert timer.waits == [3.0]

    assert await send(store, sale("B", "20.00", "17.00")) == [Accepted()] * 2
    assert len(magento.writes) == 3


async def test_a_start_ahead_is_reckoned_when_the_call_goes_out() -> None:
    """A call that has to wait for its turn would otherwise begin in the past."""
    timer = PatientTimer()
    magento = FakeMagento(regular={"A": 20})

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("special-price-information"):
            store.pacer.pause(20)
        return magento(request)

    store = store_that(handler, timer=timer)
    assert await send(store, sale("A", "20.00", "17.00")) == [Accepted()] * 2
    starts = [rows[0]["price_from"] for _, rows in magento.writes]
    assert starts == ["2026-06-30 12:00:20", "2026-07-01 12:00:43"]
    assert timer.waits == [20.0, 20.0, 3.0]


async def test_the_store_s_own_clock_counts() -> None:
    """It tells its time with each answer; ours may be wrong."""
    magento = FakeMagento(regular={"A": 20})

    def handler(request: httpx.Request) -> httpx.Response:
        answer = magento(request)
        answer.headers["date"] = "Wed, 01 Jul 2026 12:10:00 GMT"
        return answer

    await send(store_that(handler), sale("A", "20.00", "17.00"))
    assert magento.special["A"]["price_from"] == "2026-07-01 12:10:03"


async def test_a_deeper_sale_keeps_its_dates() -> None:
    """Only the special price changes."""
    magento = FakeMagento(regular={"A": 20}, special={"A": dict(ON_SALE)}, past_starts=True)
    store = store_that(magento)
    assert await send(store, [change("A", "price", "15.95", "14.00")]) == [Accepted()]
    assert [endpoint for endpoint, _ in magento.writes] == ["special-price"]
    assert magento.special["A"] == {**ON_SALE, "price": 14.0}


async def test_the_end_of_a_sale_deletes_the_special_price() -> None:
    """By the row as the store told it; the absence of a special price is restored, not a zero."""
    magento = FakeMagento(regular={"A": 20}, special={"A": dict(ON_SALE)})
    store = store_that(magento)
    ends = [
        change("A", "price", "15.95", "20.00"),
        change("A", "compare_at_price", "20.00", None),
    ]
    assert await send(store, ends) == [Accepted()] * 2
    assert magento.writes == [("special-price-delete", [ON_SALE])]
    assert magento.special == {}


async def test_what_a_customer_pays_is_old_or_new_at_any_time() -> None:
    """A special price is set before the regular price, and deleted after it."""
    magento = FakeMagento(
        regular={"A": 20, "B": 30}, special={"A": dict(ON_SALE)}, past_starts=True
    )
    changes = [
        change("A", "price", "15.95", "18.00"),
        change("A", "compare_at_price", "20.00", None),
        change("B", "price", "30.00", "25.00"),
        change("B", "compare_at_price", None, "35.00"),
    ]
    assert await send(store_that(magento), changes) == [Accepted()] * 4
    assert calls(magento) == [
        ("special-price", ["B"]),
        ("base-prices", ["A", "B"]),
        ("special-price-delete", ["A"]),
    ]


async def test_what_is_there_already_is_not_sent() -> None:
    """So that repeating a write changes nothing."""
    magento = FakeMagento(regular={"A": 20}, special={"A": dict(ON_SALE)})
    assert await send(store_that(magento), sale("A", "20.00", "15.95")) == [Accepted()] * 2
    assert magento.writes == []


NAMED = {"message": "Invalid %fieldName = %fieldValue.", "parameters": ["SKU", "A"]}
UNNAMED = {"message": "Invalid %fieldName = %fieldValue.", "parameters": ["Price", "7"]}


@pytest.mark.parametrize(
    ("entry", "reason"), [(NAMED, "Invalid SKU = A"), (UNNAMED, "Invalid Price = 7")]
)
async def test_a_refused_row_refuses_its_own_changes_only(
    entry: dict[str, Any], reason: str
) -> None:
    """The answer is 200 all the same, and names the SKU or does not: the store is read again."""
    magento = FakeMagento(regular={"A": 20, "B": 20}, refuse={("A", "base-prices"): entry})
    changes = [change(sku, "price", "20.00", "7.00") for sku in ("A", "B")]
    assert await send(store_that(magento), changes) == [
        Rejected(code="PRICE_REFUSED", reason=reason),
        Accepted(),
    ]


async def test_a_refused_step_ends_the_way_of_its_product() -> None:
    """What was done before is told apart from what was not."""
    magento = FakeMagento(
        regular={"A": 20, "B": 20},
        past_starts=True,
        refuse={("A", "special-price"): NAMED, ("B", "base-prices"): UNNAMED},
    )
    changes = [
        change("A", "price", "20.00", "17.00"),
        change("A", "compare_at_price", None, "25.00"),
        change("B", "price", "20.00", "17.00"),
        change("B", "compare_at_price", None, "25.00"),
    ]
    answers = await send(store_that(magento), changes)
    assert [answer.kind for answer in answers] == ["rejected", "rejected", "accepted", "rejected"]
    assert calls(magento) == [("special-price", ["A", "B"]), ("base-prices", ["B"])]


async def test_a_special_price_above_the_present_regular_price_on_its_way() -> None:
    """It has no effect before the regular price has risen, but is no refusal either."""
    magento = FakeMagento(
        regular={"A": 20, "B": 20}, past_starts=True, refuse={("B", "special-price"): NAMED}
    )
    changes = [
        change("A", "price", "20.00", "30.00"),
        change("A", "compare_at_price", None, "40.00"),
        *sale("B", "20.00", "10.00"),
    ]
    answers = await send(store_that(magento), changes)
    assert [answer.kind for answer in answers] == ["accepted", "accepted", "rejected", "rejected"]
    assert magento.regular["A"] == 40.0


async def test_a_refusal_that_cannot_be_read_after_is_unknown() -> None:
    """A part may have been applied."""
    magento = FakeMagento(regular={"A": 20}, refuse={("A", "base-prices"): NAMED})

    def handler(request: httpx.Request) -> httpx.Response:
        answer = magento(request)
        if magento.writes and "information" in request.url.path:
            return json_response({"message": "Internal Error"}, 500)
        return answer

    with pytest.raises(AnswerLost, match="refused a part"):
        await send(store_that(handler), [change("A", "price", "20.00", "7.00")])


async def test_what_cannot_be_shown_is_refused_without_a_call() -> None:
    """A special price counts only below the regular one: customers would pay something else."""
    magento = FakeMagento(regular={"A": 20}, special={"A": dict(ON_SALE)})
    store = store_that(magento)
    answers = await send(store, [change("A", "price", "15.95", "20.00")])
    assert [getattr(answer, "code", "") for answer in answers] == ["SPECIAL_PRICE_NOT_LOWER"]
    assert magento.writes == []


async def test_a_scheduled_special_price_is_not_replaced() -> None:
    """It is somebody's plan; a regular price can be changed beside it."""
    planned = {**ON_SALE, "price_from": "2026-11-27 00:00:00"}
    magento = FakeMagento(regular={"A": 20}, special={"A": planned}, past_starts=True)
    store = store_that(magento)
    (refused, _) = await send(store, sale("A", "20.00", "17.00"))
    assert isinstance(refused, Rejected)
    assert "scheduled from 2026-11-27 00:00:00 UTC" in refused.reason
    assert await send(store, [change("A", "price", "20.00", "21.00")]) == [Accepted()]
    assert magento.special["A"] == planned


async def test_a_special_price_without_effect_does_not_come_into_force_unseen() -> None:
    """One above the regular price is deleted when the regular price rises over it."""
    magento = FakeMagento(regular={"A": 15}, special={"A": dict(ON_SALE)})
    store = store_that(magento)
    target = change("A", "price", "15.00", "20.00").target
    assert await store.read_values([target]) == {target: usd("15.00")}
    assert await send(store, [change("A", "price", "15.00", "20.00")]) == [Accepted()]
    assert await store.read_values([target]) == {target: usd("20.00")}


async def test_a_product_that_is_gone_refuses_its_changes() -> None:
    """Others go through; also where the store makes an error of asking for one that is gone."""
    magento = FakeMagento(regular={"A": 20, "C": 5}, gone_is_an_error=True)
    changes = [change(sku, "price", "20.00", "7.00") for sku in ("A", "B", "C")]
    answers = await send(store_that(magento), changes)
    assert [answer.kind for answer in answers] == ["accepted", "rejected", "accepted"]


async def test_large_amounts_keep_every_digit_on_the_wire() -> None:
    """They are written as decimals, not through binary floating point."""
    bodies: list[bytes] = []
    magento = FakeMagento(regular={"A": 20})

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return magento(request)

    await send(store_that(handler), [change("A", "price", "20.00", "12345678901234.56")])
    assert b'"price":12345678901234.56}' in bodies[-1]
    assert json.loads(bodies[-1])
