"""The API's refusals: a template with placeholders, its parameters, and an HTTP status."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

Parameters = Mapping[str, Any] | Sequence[Any]

_PLACEHOLDER = re.compile(r"%(\w+)")


class ApiError(Exception):
    """A request that is refused.

    Attributes:
        status: the HTTP status.
        message: the text, in which `%1` or `%name` stand for parameters.
        parameters: what they stand for: a list for numbers, an object for names.
        errors: further refusals of the same request, each `{message, parameters}`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        parameters: Parameters | None = None,
        errors: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.parameters = parameters
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """Return the answer's body."""
        content: dict[str, Any] = {"message": self.message}
        if self.errors:
            content["errors"] = self.errors
        if self.parameters:
            content["parameters"] = self.parameters
        return content

    def text(self) -> str:
        """Return the message with its placeholders filled in."""
        return filled(self.message, self.parameters or {})


def filled(message: str, parameters: Parameters) -> str:
    """Fill the placeholders of a message; one without a parameter stays as it is."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if isinstance(parameters, Mapping):
            return _text(parameters[name]) if name in parameters else match.group(0)
        if name.isdecimal() and 0 < int(name) <= len(parameters):
            return _text(parameters[int(name) - 1])
        return match.group(0)

    return _PLACEHOLDER.sub(value, message)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def no_such_product() -> ApiError:
    """Return the refusal of a SKU that the store does not have."""
    return ApiError(
        404, "The product that was requested doesn't exist. Verify the product and try again."
    )


def no_such_entity(field: str, value: object) -> ApiError:
    """Return the refusal of an identifier that nothing has."""
    return ApiError(
        404,
        "No such entity with %fieldName = %fieldValue",
        {"fieldName": field, "fieldValue": value},
    )


def no_route() -> ApiError:
    """Return the refusal of a path or method that the API does not know."""
    return ApiError(404, "Request does not match any route.")


def no_interface() -> ApiError:
    """Return the refusal of a path that is none of the API's, store code included."""
    return ApiError(400, "Specified request cannot be processed.")


def required(field: str) -> ApiError:
    """Return the refusal of a request that lacks something."""
    return ApiError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": field})


def wrong_type(field: str, value: object, expected: str) -> ApiError:
    """Return the refusal of a value that is of another type than the API expects."""
    shown = "array" if isinstance(value, list | dict) else _text(value)
    return ApiError(
        400,
        'Error occurred during "%field_name" processing. %details',
        {
            "field_name": field,
            "details": f'The "{shown}" value\'s type is invalid. The "{expected}" type was '
            "expected. Verify and try again.",
        },
    )


def invalid_value(field: str, value: object) -> ApiError:
    """Return the refusal of a value that a product's field cannot have."""
    return ApiError(
        400,
        'Invalid value of "%value" provided for the %fieldName field.',
        {"fieldName": field, "value": value},
    )


def empty_attribute(label: str) -> ApiError:
    """Return the refusal of a product without one of its required attributes."""
    return ApiError(
        400, 'The "%1" attribute value is empty. Set the attribute and try again.', [label]
    )


def refuse(error: ApiError) -> NoReturn:
    """Raise a refusal where an expression is wanted."""
    raise error
