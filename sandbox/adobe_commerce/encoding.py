"""JSON as the platform writes it: floating-point numbers with seventeen significant digits."""

import json
import re
import secrets
from decimal import Decimal
from typing import Any

_MARK = secrets.token_hex(8)
_MARKED = re.compile(rf'"{_MARK}([^"]*)"')


def encode(content: Any) -> bytes:  # noqa: ANN401 - any JSON value, with decimals
    """Return JSON; decimals become numbers, so that 29.95 reads 29.949999999999999."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_marked)
    return _MARKED.sub(r"\1", text).encode()


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{float(value):.17g}"
    raise TypeError(f"{value!r} has no place in an answer.")
