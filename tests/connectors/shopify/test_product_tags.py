"""Tags: added and removed one by one, never replaced as a list."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify import product_tags, writing
from connectors.stores.shopify.write_answers import AddTagsAnswer, RemoveTagsAnswer
from steward.changes import Change
from steward.errors import AnswerLost
from steward.execution import Accepted, Rejected
from steward.values import ABSENT
from tests.connectors.shopify.changes import request, tag_change
from tests.connectors.shopify.fakes import answering, store_that

TAGS = st.text("abcdefXYZ ü-", min_size=1, max_size=6).map(str.strip).filter(bool)
changes = st.lists(
    st.builds(tag_change, st.integers(1, 3), TAGS, comes=st.booleans()),
    unique_by=lambda change: change.target,
    max_size=400,
)
INVALID = Rejected(code="UNKNOWN", reason="Product tags is invalid")


@given(changes)
def test_each_tag_is_named_once_by_a_call_of_its_own_direction(drawn: list[Change]) -> None:
    """Calls are about one product and at most 250 tags; in each run those that go come first."""
    requests = writing.requests_for(drawn)

    carried = [change for made in requests for change in made.changes]
    assert len(carried) == len(drawn)
    assert set(map(str, carried)) == set(map(str, drawn))
    for made in requests:
        variables = json.loads(made.body)["variables"]
        assert {change.target.resource_id for change in made.changes} == {variables["id"]}
        assert [change.target.key for change in made.changes] == variables["tags"]
        assert len(variables["tags"]) <= 250
        removes = made.operation == "tagsRemove"
        assert all((change.after == ABSENT) is removes for change in made.changes)


def test_a_tag_that_goes_makes_room_for_one_that_comes() -> None:
    """A product has room for 250 tags, so that removing comes first, in the undo as well."""
    comes, goes = tag_change(1, "new"), tag_change(1, "old", comes=False)
    made = writing.requests_for([comes, goes])
    assert [one.operation for one in made] == ["tagsRemove", "tagsAdd"]
    undo = writing.requests_for([goes.inverse(), comes.inverse()])
    assert [(one.operation, json.loads(one.body)["variables"]["tags"]) for one in undo] == [
        ("tagsRemove", ["new"]),
        ("tagsAdd", ["old"]),
    ]


def test_more_than_250_tags_are_two_calls() -> None:
    """The platform takes no longer list."""
    made = writing.requests_for([tag_change(1, f"tag {number}") for number in range(251)])
    assert [len(one.changes) for one in made] == [250, 1]


def test_a_tag_that_is_too_long_refuses_its_call() -> None:
    """Only one that comes: one that is there already was short enough."""
    long = "x" * 256
    made = request(tag_change(1, "short"), tag_change(1, long))
    assert product_tags.ADDED_TAGS.predict(made) == (INVALID, INVALID)
    fits = request(tag_change(1, "x" * 255))
    assert product_tags.ADDED_TAGS.predict(fits) == (Accepted(),)
    gone = request(tag_change(1, long, comes=False))
    assert product_tags.REMOVED_TAGS.predict(gone) == (Accepted(),)


def payload(*errors: dict[str, Any], node: object = None) -> dict[str, Any]:
    """Return an answer to either mutation."""
    given = {"node": node, "userErrors": list(errors)}
    return {"tagsAdd": given, "tagsRemove": given}


async def test_an_error_refuses_all_tags_of_the_call() -> None:
    """The reason is the platform's own."""
    error = {"field": ["tags"], "message": "Product tags is invalid"}
    store = store_that(answering(payload(error, node={"id": "x"})))
    assert await store.send(request(tag_change(1, "a"), tag_change(1, "b"))) == (INVALID,) * 2


@pytest.mark.parametrize("answer", [payload(), {}, None])
async def test_an_answer_that_leaves_the_product_open_makes_it_unknown(answer: object) -> None:
    """Nothing is taken as applied that the platform does not speak of."""
    with pytest.raises(AnswerLost):
        await store_that(answering(answer)).send(request(tag_change(1, "a")))


def test_recorded_answers_are_understood(contracts: Path) -> None:
    """Also that of a product that is not there."""
    folder = contracts / "shopify" / "captures"
    for name, answer, part in (
        ("2025-01__products__tags-add-parity", AddTagsAnswer, "mutation"),
        ("2025-01__products__tags-remove-parity", RemoveTagsAnswer, "mutation"),
    ):
        recorded = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))[part]
        parsed = answer.model_validate(recorded["response"]["data"])
        made = request(tag_change(1, "a"))
        assert product_tags.answers_of(made, parsed) == (Accepted(),)
    cases = json.loads(
        (folder / "2025-01__admin-platform__admin-platform-tags-not-found.json").read_text(
            encoding="utf-8"
        )
    )["cases"]
    gone = AddTagsAnswer.model_validate(cases["productAdd"]["response"]["payload"]["data"])
    assert product_tags.answers_of(request(tag_change(1, "a")), gone) == (
        Rejected(code="UNKNOWN", reason="Product does not exist"),
    )
