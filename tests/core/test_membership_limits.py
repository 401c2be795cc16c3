"""A product takes so many tags and categories, and what is one too many is predicted as refused."""

import pytest

from steward.catalog import Category, EveryProduct, Product, Snapshot
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.execution import Accepted, Rejected
from steward.membership_limits import RoomLeft, room_in
from steward.values import ABSENT, PRESENT
from tests.core.strategies import NOON

SNAPSHOT = Snapshot(
    store="demo",
    currency="USD",
    selection=EveryProduct(),
    taken_at=NOON,
    products=(
        Product(id="p1", title="Shirt", vendor="A", tags=("a", "b"), variants=()),
        Product(
            id="p2",
            title="Scarf",
            vendor="A",
            tags=(),
            variants=(),
            categories=(Category(id="1", name="One"),),
        ),
    ),
)


def membership(product: str, key: str, field: FieldName, *, comes: bool = True) -> Change:
    """Return the change by which a product gets or loses a tag or category."""
    return Change(
        target=Target(
            resource_kind=ResourceKind.PRODUCT, resource_id=product, field=field, key=key
        ),
        product_id=product,
        label="",
        before=ABSENT if comes else PRESENT,
        after=PRESENT if comes else ABSENT,
    )


@pytest.mark.parametrize(
    ("field", "product", "most"), [(FieldName.TAG, "p1", 4), (FieldName.CATEGORY, "p2", 3)]
)
def test_what_has_no_room_is_refused_together(field: FieldName, product: str, most: int) -> None:
    """Two fit in: of three none does, then two do, then none until one goes."""
    room = RoomLeft(room_in(SNAPSHOT, {field: most}))
    three = [membership(product, key, field) for key in "cde"]
    refused = room.answers(three, [Accepted()] * 3)
    assert [isinstance(answer, Rejected) for answer in refused] == [True] * 3
    assert room.answers(three[:2], [Accepted()] * 2) == (Accepted(),) * 2
    assert isinstance(room.answers(three[2:], [Accepted()])[0], Rejected)
    goes = membership(product, "c", field, comes=False)
    assert room.answers([goes, three[2]], [Accepted()] * 2) == (Accepted(),) * 2


def test_answers_stay_what_they_are_where_there_is_room_or_no_limit() -> None:
    """What the platform refuses anyway takes no room; fields without a limit have any."""
    room = RoomLeft(room_in(SNAPSHOT, {FieldName.TAG: 3}))
    fault = Rejected(code="BAD", reason="too long")
    tags = [membership("p1", key, FieldName.TAG) for key in "cd"]
    assert room.answers(tags, [fault, Accepted()]) == (fault, Accepted())
    categories = [membership("p2", key, FieldName.CATEGORY) for key in "23456"]
    assert room.answers(categories, [Accepted()] * 5) == (Accepted(),) * 5
    assert room_in(SNAPSHOT, {}) == {}
