"""The API's errors: a status name, an HTTP code and a message, in one shape for all."""

from typing import Any

SERVICE = "analyticsdata.googleapis.com"

_CODES = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}


class Problem(Exception):
    """A request that is answered with an error; `details` are those of `google.rpc.Status`."""

    def __init__(self, status: str, message: str, details: tuple[dict[str, Any], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details

    @property
    def code(self) -> int:
        """The HTTP status."""
        return _CODES[self.status]

    def content(self) -> dict[str, Any]:
        """Return the body of the answer."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        if self.details:
            error["details"] = list(self.details)
        return {"error": error}


def invalid(message: str) -> Problem:
    """Return the error of a request that makes no sense."""
    return Problem("INVALID_ARGUMENT", message)


def malformed(message: str, field: str = "") -> Problem:
    """Return the error of a body that is not the JSON of its message."""
    violation = {"description": message} | ({"field": field} if field else {})
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return Problem("INVALID_ARGUMENT", message, (detail,))


def _info(reason: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }


def unauthenticated(reason: str) -> Problem:
    """Return the error of credentials that are missing, expired or unknown."""
    return Problem(
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected an OAuth 2 access token.",
        (_info(reason),),
    )


def scope_missing() -> Problem:
    """Return the error of a token that was issued for something else."""
    return Problem(
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        (_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),),
    )


def property_forbidden() -> Problem:
    """Return the error of a property that is not there, or not for these credentials."""
    return Problem(
        "PERMISSION_DENIED", "User does not have sufficient permissions for this property."
    )


def exhausted(what: str) -> Problem:
    """Return the error of an allowance that is used up."""
    return Problem("RESOURCE_EXHAUSTED", f"Exhausted {what}")
