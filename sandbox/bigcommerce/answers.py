"""The platform's answers: data, pages, and its different shapes of refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STATUS_PAGE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
_SHORT_STATUS_PAGE = "/api-docs/getting-started/api-status-codes"
PROBLEM = "application/problem+json"

INVALID = "JSON data is missing or invalid"
"""The title of most refusals of what a request holds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; None as content is an empty body."""

    content: Any = None
    status: int = 200
    media_type: str = "application/json"


class RefusalError(Exception):
    """A request is refused, and nothing of it was saved that `writes` does not say."""

    def __init__(self, answer: Answer, reason: str) -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason


def data(content: Any, meta: Mapping[str, Any] | None = None) -> Answer:  # noqa: ANN401
    """Return an answer with data."""
    return Answer({"data": content, "meta": dict(meta or {})})


def nothing() -> Answer:
    """Return the answer of an operation that has nothing to say."""
    return Answer(status=204)


def partly_saved(content: Any, errors: Mapping[str, str]) -> Answer:  # noqa: ANN401
    """Return the answer of a request whose stock or URL was not saved with the rest."""
    described = {
        "status": 207,
        "title": "The rest was saved; the fields below were not",
        "type": STATUS_PAGE,
        "errors": dict(errors),
    }
    return Answer({"data": content, "errors": described, "meta": {}}, 207)


def refusal(
    status: int,
    title: str,
    errors: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> RefusalError:
    """Return a refusal in the shape that most of the platform uses."""
    content = {"status": status, "title": title, "type": STATUS_PAGE, "errors": dict(errors or {})}
    return RefusalError(Answer(content, status, media_type), _reason(status, title, errors))


def invalid(errors: Mapping[str, str]) -> RefusalError:
    """Return the refusal of a request with fields that cannot be."""
    return refusal(422, INVALID, errors)


def not_found(title: str) -> RefusalError:
    """Return the refusal of a request for something that is not there."""
    content = {"status": 404, "title": title, "type": STATUS_PAGE}
    return RefusalError(Answer(content, 404), title)


def too_many_items(most: int) -> RefusalError:
    """Return the refusal of a batch that is too long."""
    title = f"The request payload is too large. The maximum items allowed in the array is {most}."
    content = {"errors": {}, "status": 413, "title": title, "type": _SHORT_STATUS_PAGE}
    return RefusalError(Answer(content, 413), title)


def too_many_requests() -> RefusalError:
    """Return the refusal of a request for which no quota or no concurrent place is left."""
    title = "Too many requests"
    content = {"status": 429, "title": title, "type": _SHORT_STATUS_PAGE, "errors": {}}
    return RefusalError(Answer(content, 429), title)


def batch_refusal(errors: list[dict[str, Any]], reason: str) -> RefusalError:
    """Return the refusal of a batch, item by item."""
    return RefusalError(Answer({"batch_errors": errors}, 422), reason)


def _reason(status: int, title: str, errors: Mapping[str, str] | None) -> str:
    details = "; ".join(f"{field} {text}" for field, text in (errors or {}).items())
    return f"{status} {title}" + (f": {details}" if details else "")
