"""How many tags or categories a product can have, and what comes of adding one too many."""

from collections import Counter
from collections.abc import Mapping, Sequence

from steward.catalog import Snapshot
from steward.change_words import FIELD_TITLES
from steward.changes import Change, FieldName
from steward.execution import Accepted, Answer, Rejected
from steward.values import ABSENT

# By product and field: how many more there is room for.
Room = Mapping[tuple[str, FieldName], int]
NO_LIMIT: Room = {}


def room_in(snapshot: Snapshot, most: Mapping[FieldName, int]) -> Room:
    """Return how many more tags and categories each product has room for.

    `most` is how many the platform lets a product have; fields without such a limit are left out.
    """
    return {
        (product.id, field): limit - len(held)
        for product in snapshot.products
        for field, held in (
            (FieldName.TAG, product.tags),
            (FieldName.CATEGORY, product.categories),
        )
        if (limit := most.get(field)) is not None
    }


class RoomLeft:
    """The room while requests go out one after the other."""

    def __init__(self, room: Room) -> None:
        """Take the room that there is at first."""
        self._left = dict(room)

    def answers(self, changes: Sequence[Change], answers: Sequence[Answer]) -> tuple[Answer, ...]:
        """Return the answers to a request, in which what has no room any more is refused.

        Where a request adds more to a product than there is room for, all of that is refused.
        """
        if not self._left:
            return tuple(answers)
        added: Counter[tuple[str, FieldName]] = Counter()
        for change, answer in zip(changes, answers, strict=True):
            place = (change.product_id, change.target.field)
            if place in self._left and isinstance(answer, Accepted):
                added[place] += -1 if change.after == ABSENT else 1
        full = {place for place, number in added.items() if number > max(self._left[place], 0)}
        for place, number in added.items():
            if place not in full:
                self._left[place] -= number
        return tuple(
            _no_room(change)
            if (change.product_id, change.target.field) in full and change.after != ABSENT
            else answer
            for change, answer in zip(changes, answers, strict=True)
        )


def _no_room(change: Change) -> Rejected:
    words = FIELD_TITLES[change.target.field]
    return Rejected(code="NO_ROOM", reason=f"the product cannot have another {words}")
