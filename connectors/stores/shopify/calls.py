"""The call that a write request stands for, and how changes are divided among calls."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.write_answers import UserError
from steward.changes import Change, Target
from steward.execution import Answer, Rejected, WriteRequest


@dataclass(frozen=True, slots=True)
class ProductMutation:
    """A mutation about one product that answers at once.

    Attributes:
        operation: its name in the API.
        document: what is sent.
        answer: the shape of its answer.
        answers_of: one answer a change, or None where the answer leaves a change's fate open.
        predict: one answer a change by the platform's documented rules.
    """

    operation: str
    document: Document
    answer: type[BaseModel]
    answers_of: Callable[[WriteRequest, Any], tuple[Answer, ...] | None]
    predict: Callable[[WriteRequest], tuple[Answer, ...]]


def body_of(document: Document, variables: Mapping[str, object]) -> str:
    """Return a call in canonical JSON, as a request's body."""
    call = {"operationName": document.value, "variables": variables}
    return json.dumps(call, sort_keys=True, separators=(",", ":"))


def variables_of(request: WriteRequest) -> Mapping[str, Any]:
    """Return the variables of a request whose body `body_of` made."""
    variables: Mapping[str, Any] = json.loads(request.body)["variables"]
    return variables


def parts(
    changes: Iterable[Change], *, most: int, counted: Callable[[Change], str]
) -> Iterator[Sequence[Change]]:
    """Cut where what is counted would be one too many, or a field would be written again."""
    part: list[Change] = []
    members: set[str] = set()
    targets: set[Target] = set()
    for change in changes:
        member = counted(change)
        full = member not in members and len(members) == most
        if full or change.target in targets:
            yield part
            part, members, targets = [], set(), set()
        part.append(change)
        members.add(member)
        targets.add(change.target)
    if part:
        yield part


def rejected(error: UserError) -> Rejected:
    """Return the answer that an error of the platform means."""
    return Rejected(code=error.code or "UNKNOWN", reason=error.message)


def error_index(error: UserError, *, after: str) -> int | None:
    """Read the index out of a field such as `["variants", "1", "price"]`, after `variants`."""
    field = error.field or []
    if after not in field:
        return None
    index = field[field.index(after) + 1 :][:1]
    return int(index[0]) if index and index[0].isascii() and index[0].isdigit() else None
