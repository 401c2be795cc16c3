"""What the author of a connector supplies: a shop to try it on, and the means to disturb it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Protocol

from steward.capabilities import EVERYTHING, Capabilities
from steward.catalog import Selection
from steward.changes import FieldName, Target
from steward.money import Money
from steward.ports import Store
from steward.values import Value


class NotProvable(AssertionError):
    """The proving cannot bring about what a check needs, such as a lost answer."""


class Disturbance(Enum):
    """What goes wrong once, with the next call of its kind."""

    READ_THROTTLED = "the platform refuses the next read by its rate limit"
    WRITE_THROTTLED = "the platform refuses the next write by its rate limit, and applies nothing"
    WRITE_ANSWER_LOST = "the platform applies the next write, and its answer does not arrive"


@dataclass(frozen=True, slots=True)
class AppliedWrite:
    """One field that the platform set at a client's request, both in the platform's own names."""

    resource: str
    field: str


@dataclass(frozen=True, slots=True)
class StoreUnderTest:
    """What the checks need to know of a shop and its platform.

    Attributes:
        platform: how reports call it.
        selection: products for the checks that write. Among their prices of 1 or more, at least
            three have a compare-at price and three have none; in at least one request that
            `Store.requests_for` makes of them are three resources or more.
        missing_resource_id: a well-formed id that no price of the shop has.
        missing_product_id: a well-formed id that nothing else in the shop has.
        capabilities: what the platform lacks; checks of those fields are declared unmet by it.
        category_to_enter: a category, as `ByCollection` names it, that the products are not in.
        category_to_leave: one that some of the products are in.
        secrets: every text that must never be shown, those of `Proving.open_as_stranger` included.
        refused_price: a price in the shop's currency that the platform, or the connector on its
            behalf, refuses; None where the platform takes every price that `Money` can hold.
        refused_values: the same for other fields, such as a title that is too long.
        unmet: why the platform cannot meet a check, by the check's name. Such a check still runs,
            and must fail: a reason that no longer holds is reported.
    """

    platform: str
    selection: Selection
    missing_resource_id: str
    missing_product_id: str
    category_to_enter: str
    category_to_leave: str
    secrets: tuple[str, ...] = field(repr=False)
    capabilities: Capabilities = EVERYTHING
    refused_price: Money | None = None
    refused_values: Mapping[FieldName, Value] = field(default_factory=dict)
    unmet: Mapping[str, str] = field(default_factory=dict)


class Proving(Protocol):
    """One shop on one platform, on which the checks may do as they please.

    What a shop cannot bring about, such as a throttled call, raises `NotProvable`; the checks that
    need it are then named in `StoreUnderTest.unmet`.
    """

    @property
    def under_test(self) -> StoreUnderTest:
        """The description of the shop."""

    async def reset(self) -> None:
        """Put the shop back as it was, with no disturbance pending and no write remembered."""

    def open(self) -> AbstractAsyncContextManager[Store]:
        """Return the store, newly connected, with credentials that may read and write."""

    def open_as_stranger(self) -> AbstractAsyncContextManager[Store]:
        """Return the store with credentials of the right form that the platform rejects."""

    async def held(self) -> Mapping[Target, Value]:
        """Return every value that the shop holds, past the connector.

        Both price fields of what has a price are named, and absent where it inherits its price.
        Of the other fields those are named that the platform has; of tags and categories those that
        a product is in.
        """

    async def applied_writes(self) -> Sequence[AppliedWrite]:
        """Return what clients of the platform's interface have written since the reset."""

    async def somebody_else_sets(self, target: Target, value: Value) -> None:
        """Change a value past the connector; a price has no compare-at price beside it."""

    async def disturb(self, disturbance: Disturbance) -> None:
        """Let one thing go wrong."""

    async def settle(self) -> None:
        """Return when all that the platform has accepted is in effect.

        Asked only after an answer was lost, for then the connector cannot have waited itself. An
        ordinary write has to be in effect when the connector returns.
        """

    async def wait(self, duration: timedelta) -> None:
        """Return when a throttled client may come back."""
