"""Which requests carry texts, status, categories and stock, and what is predicted of them."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce.estimating import estimate
from connectors.stores.adobe_commerce.writing import predict, requests_for
from steward.changes import Change, FieldName, ResourceKind
from steward.errors import UnsupportedOperation
from steward.execution import Rejected
from steward.values import ABSENT, PRESENT, Listing, ListingStatus, Present, Quantity, Text, Value
from tests.connectors.adobe_commerce.fakes import change, changed, stock, text

TITLE, DESCRIPTION = FieldName.TITLE, FieldName.DESCRIPTION
SEO_TITLE, SEO_DESCRIPTION = FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION
STATUS, CATEGORY = FieldName.STATUS, FieldName.CATEGORY
STOCK = FieldName.INVENTORY_QUANTITY

AFTER: dict[FieldName, Value] = {
    TITLE: Text(text="New"),
    DESCRIPTION: Text(text=""),
    SEO_TITLE: ABSENT,
    SEO_DESCRIPTION: Text(text="New"),
    STATUS: Listing(status=ListingStatus.DRAFT),
    CATEGORY: PRESENT,
    STOCK: Quantity(units=3),
}
KEYS = {CATEGORY: ("3", "4"), STOCK: ("default", "north")}
FIELDS = st.sampled_from([(field, key) for field in AFTER for key in KEYS.get(field, ("",))])


def of(sku: str, field: FieldName, key: str, before: Value = ABSENT) -> Change:
    """Return a change of a field to what `AFTER` says."""
    kind = ResourceKind.VARIANT if field is STOCK else ResourceKind.PRODUCT
    return changed(sku, field, before, AFTER[field], kind=kind, key=key)


@given(st.lists(st.tuples(st.integers(0, 130), FIELDS), max_size=300, unique=True))
def test_every_change_goes_out_once_and_the_same_way_each_time(
    rows: list[tuple[int, tuple[FieldName, str]]],
) -> None:
    """Requests are a function of the changes; no product's fields of one call are parted."""
    changes = [of(f"S{number}", *field) for number, field in rows]
    requests = requests_for(changes)

    assert requests == requests_for(list(changes))
    carried = [each for request in requests for each in request.changes]
    assert Counter(each.target for each in carried) == Counter(each.target for each in changes)
    for request in requests:
        assert len(request.changes) <= 50 * 5
        assert len(predict(request)) == len(request.changes)
    put = [request for request in requests if request.operation.startswith("PUT")]
    holders = [{each.target.resource_id for each in request.changes} for request in put]
    assert sum(map(len, holders)) == len(set().union(*holders))


@given(st.lists(st.tuples(st.integers(0, 12), FIELDS, st.integers(0, 9)), max_size=60))
def test_what_is_written_twice_keeps_its_order(
    rows: list[tuple[int, tuple[FieldName, str], int]],
) -> None:
    """All changes of one field stand in one lane, in the order in which they were asked."""
    changes = [
        of(f"S{number}", *field, before=Quantity(units=place))
        for place, (number, field, _) in enumerate(rows)
    ]
    requests = requests_for(changes)
    for target in {each.target for each in changes}:
        own = [request for request in requests if target in {one.target for one in request.changes}]
        assert len({request.resource for request in own}) == 1
        sent = [one for request in own for one in request.changes if one.target == target]
        assert sent == [each for each in changes if each.target == target]


def test_the_fields_of_a_product_go_together() -> None:
    """One call for texts and status; what is not set is null, which an empty text is not."""
    changes = [of("A 1/2", field, "") for field in (TITLE, DESCRIPTION, SEO_TITLE, STATUS)]
    (request,) = requests_for(changes)
    assert json.loads(request.body) == {
        "product": {
            "sku": "A 1/2",
            "name": "New",
            "status": 2,
            "visibility": 4,
            "custom_attributes": [
                {"attribute_code": "description", "value": ""},
                {"attribute_code": "meta_title", "value": None},
            ],
        }
    }


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (9, [1] * 9), (10, [10]), (50, [50]), (53, [50, 1, 1, 1]), (60, [50, 10])],
)
def test_many_products_go_through_the_queue(count: int, sizes: list[int]) -> None:
    """Where that takes fewer calls."""
    requests = requests_for([text(f"S{number}", TITLE, "New") for number in range(count)])
    assert [len(request.changes) for request in requests] == sizes
    queued = ["async" in request.operation for request in requests]
    assert queued == [size > 1 for size in sizes]
    assert len({request.resource for request in requests}) == len(requests)


def test_one_category_s_products_follow_one_another() -> None:
    """The platform writes its list as a whole, so that two calls at once could undo each other."""
    enter = [changed(f"S{n}", CATEGORY, ABSENT, PRESENT, key="3") for n in range(12)]
    leave = [changed(f"S{n}", CATEGORY, PRESENT, ABSENT, key="4") for n in range(2)]
    requests = requests_for([*enter[:1], *leave, *enter[1:]])
    assert [(request.resource, len(request.changes)) for request in requests] == [
        ("category 3", 10),
        ("category 3", 2),
        ("category 4", 2),
    ]


@pytest.mark.parametrize(
    ("kept", "position"), [("", 0), ("position 7", 7), ("position -2", -2), ("until Sunday", 0)]
)
def test_a_product_comes_back_to_its_place(kept: str, position: int) -> None:
    """The usual place is zero, and another platform's note says nothing."""
    (request,) = requests_for([changed("A", CATEGORY, ABSENT, Present(kept=kept), key="3")])
    (content,) = json.loads(request.body)
    assert content == {"productLink": {"sku": "A", "category_id": "3", "position": position}}


def test_stock_goes_out_by_the_hundred() -> None:
    """Rows of several sources count each."""
    changes = [
        stock(f"S{number}", Quantity(units=1), Quantity(units=2), source)
        for number in range(75)
        for source in ("default", "north")
    ]
    requests = requests_for(changes)
    assert [len(request.changes) for request in requests] == [100, 50]
    row: dict[str, Any] = json.loads(requests[0].body)["sourceItems"][0]
    assert row == {"sku": "S0", "source_code": "default", "quantity": 2}


def test_fields_of_several_kinds_follow_one_another() -> None:
    """Saving a product writes back what was read of it, prices included."""
    changes = [text("A", TITLE, "New"), change("B", "price", "2.00", "1.00")]
    assert {request.resource for request in requests_for(changes)} == {"A"}
    alone = requests_for([text(sku, TITLE, "New") for sku in ("A", "B")])
    assert [request.resource for request in alone] == ["A", "B"]


def verdict(one: Change) -> str:
    """Return the kind, or the code, of the predicted answer."""
    (request,) = requests_for([one])
    (answer,) = predict(request)
    return answer.code if isinstance(answer, Rejected) else answer.kind


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (text("A", TITLE, "x" * 255), "accepted"),
        (text("A", TITLE, "x" * 256), "TEXT_TOO_LONG"),
        (text("A", SEO_TITLE, "x" * 256), "TEXT_TOO_LONG"),
        (text("A", SEO_DESCRIPTION, "ü" * 255), "accepted"),
        (text("A", SEO_DESCRIPTION, "x" * 256), "TEXT_TOO_LONG"),
        (text("A", DESCRIPTION, "x" * 70_000), "accepted"),
        (text("A", TITLE, " "), "NAME_REQUIRED"),
        (text("A", TITLE, None), "NAME_REQUIRED"),
        (stock("A", Quantity(units=1), Quantity(units=10**8)), "INVALID_QUANTITY"),
        (stock("A", Quantity(units=1), Quantity(units=10**8 - 1)), "accepted"),
        (stock("A", Quantity(units=1), Quantity(units=-3)), "accepted"),
    ],
)
def test_what_the_platform_refuses_is_predicted(one: Change, expected: str) -> None:
    """Names and SEO texts hold 255 characters, quantities eight digits."""
    assert verdict(one) == expected


def listed(status: ListingStatus, detail: str = "") -> Change:
    """Return a change of the status."""
    before = Listing(status=ListingStatus.ACTIVE)
    return changed("A", STATUS, before, Listing(status=status, detail=detail))


def test_what_would_not_be_seen_cannot_be_made_active() -> None:
    """A draft that is not visible individually stays unseen when enabled; it may be hidden."""
    unseen = listed(ListingStatus.ACTIVE, "not visible individually")
    assert verdict(unseen) == "NOT_VISIBLE_INDIVIDUALLY"
    (answer,) = predict(requests_for([unseen])[0])
    assert isinstance(answer, Rejected)
    assert "would not show it" in answer.reason
    assert verdict(listed(ListingStatus.DRAFT, "not visible individually")) == "accepted"
    assert verdict(listed(ListingStatus.HIDDEN)) == "accepted"
    assert verdict(listed(ListingStatus.ARCHIVED)) == "NO_SUCH_STATUS"


def test_a_refused_field_leaves_the_others_of_its_product() -> None:
    """It is left out of the call, which would be refused as a whole."""
    changes = [text("A", TITLE, "x" * 256), text("A", SEO_TITLE, "New")]
    (request,) = requests_for(changes)
    assert [answer.kind for answer in predict(request)] == ["rejected", "accepted"]
    assert "name" not in json.loads(request.body)["product"]
    (nothing,) = requests_for(changes[:1])
    assert nothing.body == ""


@pytest.mark.parametrize("field", [TITLE, STATUS, CATEGORY, STOCK, FieldName.TAG])
def test_a_field_belongs_to_the_product_or_to_what_is_sold(field: FieldName) -> None:
    """And tags to nothing."""
    wrong = ResourceKind.PRODUCT if field is STOCK else ResourceKind.VARIANT
    with pytest.raises(UnsupportedOperation):
        requests_for([changed("A", field, ABSENT, PRESENT, kind=wrong, key="3")])


def test_a_price_of_a_price_list_is_none_of_the_product() -> None:
    """It would be taken for the regular price."""
    of_a_list = change("A", "price", "2.00", "1.00")
    target = of_a_list.target.model_copy(update={"key": "wholesale"})
    with pytest.raises(UnsupportedOperation, match="shared catalogs"):
        requests_for([of_a_list.model_copy(update={"target": target})])


def calls_for(changes: Sequence[Change]) -> int:
    """Return the estimated calls."""
    return estimate(requests_for(changes)).calls


def test_calls_are_estimated_for_each_kind_of_field() -> None:
    """Products are read one by one for texts, and by the hundred for everything else."""
    assert calls_for([text("A", TITLE, "New"), text("A", SEO_TITLE, "New")]) == 3
    assert calls_for([text(f"S{number}", TITLE, "New") for number in range(50)]) == 104
    links = [changed(f"S{n}", CATEGORY, ABSENT, PRESENT, key="3") for n in range(20)]
    assert calls_for(links) == 22
    rows = [stock(f"S{n}", Quantity(units=1), Quantity(units=2)) for n in range(100)]
    assert calls_for(rows) == 5
