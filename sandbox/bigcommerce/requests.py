"""Reading a request: which operation it is, and its body."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.bigcommerce.answers import INVALID, PROBLEM, refusal, too_many_items
from sandbox.bigcommerce.operation import Body, Operation
from sandbox.bigcommerce.operations import OPERATIONS

_PATTERNS: Sequence[tuple[re.Pattern[str], Operation]] = tuple(
    (operation.pattern(), operation) for operation in OPERATIONS
)


def find_operation(method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
    """Return the operation of a path below the API's base, and the parts of the path.

    Raises:
        RefusalError: there is no such path, or it has no such method.
    """
    methods = []
    for pattern, operation in _PATTERNS:
        found = pattern.fullmatch(path)
        if found is not None:
            if operation.method == method:
                return operation, found.groupdict()
            methods.append(operation.method)
    if methods:
        raise refusal(405, f"Method not allowed; this path has {', '.join(sorted(set(methods)))}")
    raise refusal(404, "The requested resource was not found", None, _refusal_type(path))


def check_media_type(operation: Operation, media_type: str) -> None:
    """Refuse a body that does not say that it is JSON.

    Raises:
        RefusalError: it says something else, or nothing.
    """
    if operation.body is Body.NONE:
        return
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise refusal(415, "The Content-Type of the request must be application/json")


def parse_body(operation: Operation, body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value of a body; None where the operation has none.

    Raises:
        RefusalError: it is not JSON.
    """
    if operation.body is Body.NONE:
        return None
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
        # A half of a surrogate pair is JSON, and no text that anybody could store.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise refusal(400, "Input is invalid", {"body": "is not JSON"}) from None
    return content


def check_shape(operation: Operation, content: Any) -> None:  # noqa: ANN401 - any JSON value
    """Refuse a body of another shape or with too many items.

    Raises:
        RefusalError: the body is none that the operation can take.
    """
    media_type = _refusal_type(operation.path)
    if operation.body is Body.OBJECT and not isinstance(content, dict):
        raise refusal(422, INVALID, {"body": "must be a JSON object"}, media_type)
    if operation.body is Body.ARRAY and not isinstance(content, list):
        raise refusal(422, INVALID, {"body": "must be a JSON array"}, media_type)
    if operation.most_items is None:
        return
    items = content.get("items") if isinstance(content, dict) else content
    if not isinstance(items, list) or not items:
        raise refusal(422, INVALID, {"items": "must be an array with items"}, media_type)
    if len(items) > operation.most_items:
        if operation.path.startswith("/v3/catalog"):
            raise too_many_items(operation.most_items)
        problem = f"must not be more than {operation.most_items}"
        raise refusal(422, INVALID, {"items": problem}, media_type)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _refusal_type(path: str) -> str:
    # The inventory's documents describe its refusals as RFC 7807 has them, the others do not.
    return PROBLEM if path.startswith("/v3/inventory") else "application/json"
