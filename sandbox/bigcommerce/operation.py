"""What one operation of the API is, and what it asks of a request."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from sandbox.bigcommerce.answers import Answer
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target


class Body(Enum):
    """What an operation's body is."""

    NONE = "none"
    OBJECT = "a JSON object"
    ARRAY = "a JSON array"


def _no_targets(_: Catalogue, __: Call) -> Sequence[Target]:
    return ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: the platform's own name.
        method: the HTTP method.
        path: the path below the API's base, with the names of its parts in braces.
        scope: the scope that a token needs.
        run: does the work, or raises RefusalError.
        targets: tells what a request wants to write, however badly it is made.
        body: what the body must be.
        most_items: how many items the body, or its list `items`, may have.
        concurrent: how many of these requests the store serves at once; None for any number.
    """

    name: str
    method: str
    path: str
    scope: str
    run: Callable[[RequestContext, Call], Answer]
    targets: Callable[[Catalogue, Call], Sequence[Target]] = _no_targets
    body: Body = Body.NONE
    most_items: int | None = None
    concurrent: int | None = None

    @property
    def writes(self) -> bool:
        """Tell whether it changes the store."""
        return self.method != "GET"

    def pattern(self) -> re.Pattern[str]:
        """Return what the path looks like."""
        return re.compile(re.sub(r"\{(\w+)\}", _part, self.path))


def _part(found: re.Match[str]) -> str:
    letters = "[A-Za-z]{3}" if found[1] == "currency_code" else "[0-9]{1,18}"
    return f"(?P<{found[1]}>{letters})"
