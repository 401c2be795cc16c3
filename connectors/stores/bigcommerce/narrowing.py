"""Finds out which parts of a refused batch the platform will not have, and writes the others."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from steward.execution import Accepted, Answer, Rejected


@dataclass(frozen=True, slots=True)
class Refusal:
    """A batch that was refused: why, and the parts to blame by their position, where it is said."""

    reason: Rejected
    blamed: Mapping[int, Rejected]


PartT = TypeVar("PartT")
Attempt = Callable[[Sequence[PartT]], Awaitable[Mapping[int, Rejected] | Refusal]]
"""Writes a batch; returns the parts that were not saved by their position, or its refusal."""


async def answers_of(parts: Sequence[PartT], attempt: Attempt[PartT]) -> Sequence[Answer]:
    """Return the answer for each part, in order; sends nothing where there are none.

    The platform refuses a batch as a whole, or saves a part of it, and does not always name what is
    to blame. The others are then sent again without it; where none is named, in halves, until it
    stands alone. Parts set values, so that one that was saved already suffers no harm.
    """
    if not parts:
        return ()
    outcome = await attempt(parts)
    if not isinstance(outcome, Refusal):
        return [outcome.get(position, Accepted()) for position in range(len(parts))]
    if outcome.blamed:
        positions = [position for position in range(len(parts)) if position not in outcome.blamed]
        others = await answers_of([parts[position] for position in positions], attempt)
        found: dict[int, Answer] = {**outcome.blamed, **dict(zip(positions, others, strict=True))}
        return [found[position] for position in range(len(parts))]
    if len(parts) == 1:
        return [outcome.reason]
    middle = len(parts) // 2
    first = await answers_of(parts[:middle], attempt)
    return [*first, *await answers_of(parts[middle:], attempt)]
