"""Changes: one field of one resource, before and after, each knowing its inverse."""

import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Discriminator, model_validator

from steward.model import Frozen
from steward.money import Money


class ResourceKind(StrEnum):
    """What kind of thing in a store a change is about."""

    PRODUCT = "product"
    VARIANT = "variant"


class FieldName(StrEnum):
    """The fields that Steward can change."""

    PRICE = "price"
    COMPARE_AT_PRICE = "compare_at_price"


class Absent(Frozen):
    """The field holds no value, such as a compare-at price that was never set."""

    kind: Literal["absent"] = "absent"

    def __str__(self) -> str:
        """Return the sign that tables show for no value."""
        return "-"


Value = Annotated[Money | Absent, Discriminator("kind")]
ABSENT = Absent()


class Target(Frozen):
    """One field of one resource, by the platform's own ids."""

    resource_kind: ResourceKind
    resource_id: str
    field: FieldName

    # A hundred thousand of these are looked up in dictionaries, several times each.
    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Target)
            and self.resource_id == other.resource_id
            and self.field is other.field
            and self.resource_kind is other.resource_kind
        )

    def __hash__(self) -> int:
        return hash((self.resource_id, self.field))


class Change(Frozen):
    """One field of one resource, from the value it had to the value it shall have.

    `product_id` names the product that the resource belongs to, or is; `label` is what a person
    reads instead of the id.
    """

    target: Target
    product_id: str
    label: str
    before: Value
    after: Value

    def inverse(self) -> Self:
        """Return the change that takes this one back."""
        return self.model_copy(update={"before": self.after, "after": self.before})


def digest_of(changes: Sequence[Change], *, store: str) -> str:
    """Return the SHA-256 (hex) over the store's name and every field of every change, in order."""
    content = hashlib.sha256(_canonical({"store": store}))
    for change in changes:
        content.update(_canonical(change.model_dump(mode="json")))
    return content.hexdigest()


_CANONICAL_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _canonical(content: object) -> bytes:
    text = _CANONICAL_JSON.encode(content)
    return f"{len(text)}:{text}".encode()


class ChangeSet(Frozen):
    """Ordered changes of one store: no field twice, and none that changes nothing."""

    store: str
    changes: tuple[Change, ...]

    @model_validator(mode="after")
    def _each_field_once_and_to_something_else(self) -> Self:
        if len({change.target for change in self.changes}) != len(self.changes):
            raise ValueError("a change set holds each field of a resource at most once")
        if any(change.before == change.after for change in self.changes):
            raise ValueError("a change set holds no change that changes nothing")
        return self

    @cached_property
    def digest(self) -> str:
        """Return the digest that approvals are bound to; see `digest_of`."""
        return digest_of(self.changes, store=self.store)

    def inverse(self) -> Self:
        """Return the change set that undoes this one, newest change first."""
        undone = tuple(change.inverse() for change in reversed(self.changes))
        # Not a copy of the model, which would take the cached digest along.
        return type(self)(store=self.store, changes=undone)


class Outcome(StrEnum):
    """What became of a change; `PENDING` and `ATTEMPTING` are on the way to one of the others."""

    PENDING = "pending"
    ATTEMPTING = "attempting"
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    MOVED = "moved"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    @property
    def is_open(self) -> bool:
        """Whether the executor still has to deal with the change."""
        return self in {Outcome.PENDING, Outcome.ATTEMPTING}
