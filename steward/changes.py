"""Changes: one field of one resource, before and after, each knowing its inverse."""

import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from steward.model import Frozen
from steward.values import Value


class ResourceKind(StrEnum):
    """What kind of thing in a store a change is about."""

    PRODUCT = "product"
    VARIANT = "variant"
    INVENTORY_ITEM = "inventory_item"


class FieldName(StrEnum):
    """The fields that Steward can change.

    `TAG` and `CATEGORY` are memberships: there is one such field for each tag or category, told
    apart by the target's key, and it is either present or absent. `INVENTORY_QUANTITY` has one
    field for each location.
    """

    PRICE = "price"
    COMPARE_AT_PRICE = "compare_at_price"
    INVENTORY_QUANTITY = "inventory_quantity"
    TITLE = "title"
    DESCRIPTION = "description"
    SEO_TITLE = "seo_title"
    SEO_DESCRIPTION = "seo_description"
    TAG = "tag"
    CATEGORY = "category"
    STATUS = "status"


class Target(Frozen):
    """One field of one resource, by the platform's own ids.

    `key` tells apart the fields that a resource has several of: the tag itself, the id of the
    category, the id of the location.
    """

    resource_kind: ResourceKind
    resource_id: str
    field: FieldName
    # Left out where it is empty, so that digests of the fields without a key stay what they were.
    key: str = Field(default="", exclude_if=lambda key: not key)

    # A hundred thousand of these are looked up in dictionaries, several times each.
    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Target)
            and self.resource_id == other.resource_id
            and self.field is other.field
            and self.resource_kind is other.resource_kind
            and self.key == other.key
        )

    def __hash__(self) -> int:
        return hash((self.resource_id, self.field, self.key))


class Change(Frozen):
    """One field of one resource, from the value it had to the value it shall have.

    `product_id` names the product that the resource belongs to, or is; `label` is what a person
    reads instead of the id, and `key_label` instead of the target's key.
    """

    target: Target
    product_id: str
    label: str
    before: Value
    after: Value
    key_label: str = Field(default="", exclude_if=lambda label: not label)

    @property
    def key_name(self) -> str:
        """What a person calls the target's key; empty where it has none."""
        return self.key_label or self.target.key

    def inverse(self) -> Self:
        """Return the change that takes this one back."""
        return self.model_copy(update={"before": self.after, "after": self.before})


class ChangeSetDigest:
    """The digest of changes that are looked at one after the other; see `digest_of`."""

    def __init__(self, store: str) -> None:
        """Begin with the store's name."""
        self._content = hashlib.sha256(_canonical({"store": store}))

    def add(self, change: Change) -> None:
        """Take in the next change."""
        self._content.update(_canonical(change.model_dump(mode="json")))

    @property
    def value(self) -> str:
        """The SHA-256 (hex) so far."""
        return self._content.hexdigest()


def digest_of(changes: Sequence[Change], *, store: str) -> str:
    """Return the SHA-256 (hex) over the store's name and every field of every change, in order."""
    digest = ChangeSetDigest(store)
    for change in changes:
        digest.add(change)
    return digest.value


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
