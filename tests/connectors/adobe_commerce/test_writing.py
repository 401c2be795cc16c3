"""Which requests carry which changes, and what is predicted of their answers; without a store."""

import json
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.adobe_commerce.estimating import estimate
from connectors.stores.adobe_commerce.writing import predict, requests_for
from steward.changes import Change, ResourceKind
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, CallEstimate, Rejected
from tests.connectors.adobe_commerce.fakes import change, sale


@given(
    st.lists(
        st.tuples(st.integers(0, 250), st.sampled_from(["price", "compare_at_price"])), max_size=600
    )
)
def test_every_change_goes_out_once_with_its_product(fields: list[tuple[int, str]]) -> None:
    """No request holds more than 100 products, or one field twice."""
    changes = [change(str(number), field, "1.00", "2.00") for number, field in fields]
    requests = requests_for(changes)

    carried = [carried for request in requests for carried in request.changes]
    assert Counter(each.target for each in carried) == Counter(each.target for each in changes)
    for request in requests:
        assert len({each.target.resource_id for each in request.changes}) <= 100
        assert len({each.target for each in request.changes}) == len(request.changes)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["price", "compare_at_price"]))))
def test_requests_for_one_product_keep_their_order(fields: list[tuple[int, str]]) -> None:
    """What is written a second time goes out after the first, in the same lane."""
    changes = [
        change(str(number), field, "0.00", f"{place}.00")
        for place, (number, field) in enumerate(fields)
    ]
    requests = requests_for(changes)
    lanes: dict[str, set[str]] = {}
    for request in requests:
        for each in request.changes:
            lanes.setdefault(each.target.resource_id, set()).add(request.resource)
    assert all(len(lane) == 1 for lane in lanes.values())
    for target in {each.target for each in changes}:
        wanted = [each for each in changes if each.target == target]
        sent = [each for request in requests for each in request.changes if each.target == target]
        assert sent == wanted


def test_a_request_says_what_it_writes_for_all_stores() -> None:
    """Prices as exact text, in the scope that all store views inherit from."""
    (request,) = requests_for(sale("A 1/2", "29.95", "25.46"))
    assert json.loads(request.body) == {
        "prices": [{"sku": "A 1/2", "store_id": 0, "price": "25.46", "compare_at_price": "29.95"}]
    }


def test_the_predicted_calls_follow_what_has_to_be_stored() -> None:
    """Two calls to read, and one for each endpoint that is needed."""
    starts = sale("A", "20.00", "18.00")
    deeper = [*sale("A", "20.00", "18.00"), change("B", "price", "3.00", "2.00")]
    ends = [each.inverse() for each in starts]
    assert [requests_for(changes)[0].points for changes in (starts, deeper, ends)] == [3, 4, 3]
    assert estimate(requests_for(starts)) == CallEstimate(calls=7, points=7, seconds=Decimal(0))


def verdicts(changes: list[Change]) -> list[str]:
    """Return the kinds or codes of the predicted answers."""
    (request,) = requests_for(changes)
    answers = predict(request)
    return [answer.code if isinstance(answer, Rejected) else answer.kind for answer in answers]


def test_what_no_customer_would_see_is_predicted_as_refused() -> None:
    """A special price counts only below the regular price; other products go through."""
    risen = [change("A", "price", "20.00", "22.00"), change("A", "compare_at_price", None, "20.00")]
    assert verdicts([*risen, *sale("B", "20.00", "18.00")]) == [
        "SPECIAL_PRICE_NOT_LOWER",
        "SPECIAL_PRICE_NOT_LOWER",
        "accepted",
        "accepted",
    ]
    assert verdicts(risen[:1]) == ["accepted"]


def test_an_amount_beyond_the_database_is_predicted_as_refused() -> None:
    """It keeps fourteen digits in front of the point."""
    assert verdicts([change("A", "price", "1.00", "100000000000000.00")]) == ["INVALID_PRICE"]
    assert verdicts([change("A", "price", "1.00", "99999999999999.99")]) == ["accepted"]


def test_what_the_platform_lacks_is_refused_before_anything_is_sent() -> None:
    """A price cannot be taken away, and products that only gather others have none."""
    with pytest.raises(UnsupportedOperation, match="not taken away"):
        requests_for([change("A", "price", "1.00", None)])
    target = change("A", "price", "1.00", "2.00").target
    gathered = target.model_copy(update={"resource_kind": ResourceKind.PRODUCT})
    with pytest.raises(UnsupportedOperation, match="sold by itself"):
        requests_for([change("A", "price", "1.00", "2.00").model_copy(update={"target": gathered})])


def test_no_changes_need_no_request() -> None:
    """Nothing is sent for nothing."""
    assert requests_for([]) == ()
    assert predict(requests_for(sale("A", "2.00", "1.00"))[0]) == (Accepted(), Accepted())
