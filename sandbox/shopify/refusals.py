"""The platform's errors about a request, in its own shapes and words."""

import uuid
from typing import Any

from graphql import Node, SourceLocation, get_location

SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"
THROTTLING_PAGE = "https://shopify.dev/api/usage/rate-limits"

Refusal = dict[str, Any]
"""One element of the list `errors`: message, locations, path, extensions."""


def location_of(node: Node | None) -> list[dict[str, int]]:
    """Return where a node begins, as the platform prints it."""
    if node is None or node.loc is None:
        return []
    place: SourceLocation = get_location(node.loc.source, node.loc.start)
    return [{"line": place.line, "column": place.column}]


def static_refusal(
    message: str, node: Node | None, path: list[str], code: str, **extensions: object
) -> Refusal:
    """Return the error of a document that does not fit the schema."""
    return {
        "message": message,
        "locations": location_of(node),
        "path": list(path),
        "extensions": {"code": code, **extensions},
    }


def invalid_variable(
    name: str, type_name: str, value: object, problems: list[dict[str, Any]], node: Node
) -> Refusal:
    """Return the error of a variable whose value does not fit its declared type."""
    details = ", ".join(
        f"{'.'.join(str(part) for part in problem['path'])} ({problem['explanation']})"
        for problem in problems
        if problem["path"]
    )
    message = f"Variable ${name} of type {type_name} was provided invalid value"
    return {
        "message": f"{message} for {details}" if details else message,
        "locations": location_of(node),
        "extensions": {"code": "INVALID_VARIABLE", "value": value, "problems": problems},
    }


def throttled() -> Refusal:
    """Return the error of a request that the allowance does not bear at the moment."""
    return {
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": THROTTLING_PAGE},
    }


def too_expensive(cost: int, maximum: int) -> Refusal:
    """Return the error of a single query that no allowance bears."""
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit "
        f"({maximum}).\n\nSee {THROTTLING_PAGE} for more information on how the cost of a query "
        "is calculated.\n\nTo query larger amounts of data with fewer limits, bulk operations "
        "should be used instead.\nSee https://shopify.dev/tutorials/"
        "perform-bulk-operations-with-admin-api for usage details.\n",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": cost,
            "maxCost": maximum,
            "documentation": THROTTLING_PAGE,
        },
    }


def input_too_large(size: int, maximum: int, node: Node, path: list[str]) -> Refusal:
    """Return the error of an array argument with too many elements."""
    return {
        "message": f"The input array size of {size} is greater than the maximum allowed of "
        f"{maximum}.",
        "locations": location_of(node),
        "path": path,
        "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
    }


def access_denied(field: str, required: str, node: Node, path: list[str]) -> Refusal:
    """Return the error of a field that the token's scopes do not cover."""
    return {
        "message": f"Access denied for {field} field. Required access: {required}",
        "locations": location_of(node),
        "extensions": {
            "code": "ACCESS_DENIED",
            "documentation": SCOPES_PAGE,
            "requiredAccess": required,
        },
        "path": path,
    }


def internal_error() -> Refusal:
    """Return the error of a request that the platform itself failed at."""
    request_id = str(uuid.uuid4())
    return {
        "message": "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests).",
        "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
    }
