"""Fidelity: whether the requests that were sent are the ones that the simulation predicted."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import Field

from steward.execution import WriteRequest
from steward.model import Frozen

NO_DIGESTS: Final[Mapping[int, str]] = MappingProxyType({})

# Enough to tell two requests apart; what binds the content is the digest in the audit trail.
_DIGEST_LENGTH: Final = 16


def request_digest(request: WriteRequest) -> str:
    """Return 16 hex digits that stand for what a request sends, whenever and by whom it is sent."""
    content = json.dumps([request.resource, request.operation, request.body])
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_LENGTH]


def digests_by_change(
    ordinals: Sequence[int], requests: Sequence[WriteRequest]
) -> Mapping[int, str]:
    """Return the digest of the request that carries each change.

    The ordinals are in the order in which the requests carry their changes.
    """
    digests = (
        digest
        for request in requests
        for digest in (request_digest(request),)
        for _ in request.changes
    )
    return dict(zip(ordinals, digests, strict=True))


class Difference(StrEnum):
    """Why a change was not carried by the request that was predicted for it.

    `NEIGHBOUR_LEFT_OUT`: another change of that request was not sent, since the store held another
    value by then, so the request was smaller. `UNFORESEEN`: it was predicted to need no request.
    `OTHERWISE`: everything that the predicted request carries was sent, but in another form, or
    together with something unforeseen.
    """

    NEIGHBOUR_LEFT_OUT = "neighbour_left_out"
    UNFORESEEN = "unforeseen"
    OTHERWISE = "otherwise"


class Fidelity(Frozen):
    """How many of the changes that were sent were carried by the very request predicted for them.

    A request counts where it is first sent; a repetition after a crash changes nothing. The other
    figures say why the rest was not; see `Difference`. `left_out` counts changes for which a
    request was predicted and that came to an outcome without one: they are no part of `sent`.
    """

    sent: int = Field(ge=0)
    identical: int = Field(ge=0)
    neighbour_left_out: int = Field(default=0, ge=0)
    unforeseen: int = Field(default=0, ge=0)
    otherwise: int = Field(default=0, ge=0)
    left_out: int = Field(default=0, ge=0)

    @property
    def is_full(self) -> bool:
        """Whether all that was sent is as predicted."""
        return self.identical == self.sent

    @property
    def has_surprises(self) -> bool:
        """Whether something went out otherwise that changes left alone do not explain."""
        return self.unforeseen + self.otherwise > 0

    @property
    def percent(self) -> Decimal | None:
        """The identical ones in per cent, cut off after a tenth; None where nothing was sent."""
        if not self.sent:
            return None
        share = Decimal(100 * self.identical) / self.sent
        return share if self.is_full else share.quantize(Decimal("0.1"), ROUND_FLOOR)

    def __str__(self) -> str:
        """Return the figures as a sentence without its full stop."""
        if self.percent is None:
            return "nothing was sent"
        if self.is_full:
            return f"100 %, all {self.sent:,} as predicted"
        whys = (
            (self.neighbour_left_out, "in a smaller request, since a change beside was left alone"),
            (self.unforeseen, "for which no request was predicted"),
            (self.otherwise, "in another request though all of the predicted one was sent"),
        )
        told = "; ".join(f"{number:,} {why}" for number, why in whys if number)
        return f"{self.percent} %, {self.identical:,} of {self.sent:,} as predicted; {told}"


class Differing(Frozen):
    """A change that was not carried by the request predicted for it.

    `predicted` and `sent` are digests of requests, see `request_digest`; `predicted` is empty where
    none was. `neighbours` are the ordinals of changes of the predicted request that were not sent.
    """

    ordinal: int = Field(ge=0)
    label: str
    why: Difference
    predicted: str
    sent: str
    neighbours: tuple[int, ...] = ()
