"""What a refused batch says: about it as a whole, and about single items of it."""

from collections.abc import Iterator, Sequence

from connectors.stores.bigcommerce.answers import Problem, RefusedBatch
from connectors.stores.bigcommerce.errors import quoted
from steward.execution import Rejected

_LONGEST_PLACE = 4


def problems_in(refused: RefusedBatch) -> Sequence[Problem]:
    """Return the problems of a refused batch; some are lists of them, others are one."""
    return refused.batch_errors or [refused]


def places_in(problems: Sequence[Problem]) -> Iterator[tuple[int, str, Rejected]]:
    """Yield the position of each item to blame, the field, and why.

    Problems name them as one, such as `0.price`.
    """
    for problem in problems:
        for key, text in problem.errors.items():
            place, point, field = key.partition(".")
            if point and place.isascii() and place.isdigit() and len(place) <= _LONGEST_PLACE:
                reason = Rejected(code=str(problem.status), reason=quoted(str(text)))
                yield int(place), field, reason


def reason_of(refused: RefusedBatch) -> Rejected:
    """Return why a batch was refused as a whole."""
    problem = problems_in(refused)[0]
    texts = [str(text) for text in (problem.errors or problem.field_errors).values()]
    reason = quoted("; ".join(texts) or problem.title) or "no reason given"
    return Rejected(code=str(problem.status or refused.status), reason=reason)
