"""Which requests carry which changes of categories, and what is known of their answers."""

import json
from collections.abc import Mapping, Sequence

from steward.changes import Change, FieldName
from steward.execution import Accepted, Answer, WriteRequest
from steward.values import Present

FIELDS = frozenset({FieldName.CATEGORY})

# They are written one after the other, and compared together before the first.
_AT_MOST = 10
_POSITION = "position "


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return requests for up to 10 products of one category each, in the order of categories.

    The platform writes a category's list of products as a whole. Two calls at the same time could
    take each other's product out again, so all of one category stay in order.
    """
    categories: dict[str, list[Change]] = {}
    for change in changes:
        categories.setdefault(change.target.key, []).append(change)
    return tuple(
        _request(category, of_category[start : start + _AT_MOST])
        for category, of_category in categories.items()
        for start in range(0, len(of_category), _AT_MOST)
    )


def _request(category: str, changes: Sequence[Change]) -> WriteRequest:
    return WriteRequest(
        resource=f"category {category}",
        operation="POST and DELETE categories/{id}/products",
        body=f"[{','.join(link_of(change) for change in changes)}]",
        points=len(changes),
        changes=tuple(changes),
    )


def link_of(change: Change) -> str:
    """Return the content that puts the product into the category, at the place it had."""
    link: Mapping[str, str | int] = {
        "sku": change.target.resource_id,
        "category_id": change.target.key,
        "position": _position_in(change.after) if enters(change) else 0,
    }
    return json.dumps({"productLink": link}, sort_keys=True, separators=(",", ":"))


def enters(change: Change) -> bool:
    """Tell whether the product is put into the category, and not taken out of it."""
    return isinstance(change.after, Present)


def kept_position(position: int) -> str:
    """Return the note of a product's place in a category; the usual one needs none."""
    return f"{_POSITION}{position}" if position else ""


def _position_in(value: object) -> int:
    kept = value.kept if isinstance(value, Present) else ""
    digits = kept.removeprefix(_POSITION)
    return int(digits) if kept != digits and digits.removeprefix("-").isdecimal() else 0


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return that all are accepted: categories that are not there are refused at planning."""
    return tuple(Accepted() for _ in request.changes)
