"""The platform's messages: templates whose placeholders its parameters fill."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLACEHOLDER = re.compile(r"%(\w+)")
_LONGEST_QUOTE = 300


def filled(message: str, parameters: Mapping[str, Any] | Sequence[Any] | None) -> str:
    """Return the message with its placeholders filled; one without a parameter stays as it is.

    Parameters are an object for names (`%fieldName`) or a list for numbers (`%1`). Some answers
    send a list for names: the names then take its values in the order in which they appear.
    """
    if not parameters:
        return message
    if isinstance(parameters, Mapping):
        values = {str(name): value for name, value in parameters.items()}
    else:
        values = {str(number): value for number, value in enumerate(parameters, start=1)}
        names = dict.fromkeys(_PLACEHOLDER.findall(message))
        if not any(name in values for name in names):
            values = dict(zip(names, parameters, strict=False))

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        return _text(values[name]) if name in values else match.group(0)

    return _PLACEHOLDER.sub(value_of, message)


def quoted(message: str) -> str:
    """Return the platform's words on one line, not too long, without the last full stop."""
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]} ..."


def _text(value: object) -> str:
    return "" if value is None else str(value)
