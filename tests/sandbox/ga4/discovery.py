"""The platform's discovery document, and what of a message does not fit it."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "any": object,
}
_INT64 = re.compile(r"-?[0-9]{1,19}")


@cache
def schemas() -> dict[str, Any]:
    """Return the messages of the Data API by name, or skip the test."""
    base = Path(os.environ.get("STEWARD_CONTRACTS", ROOT.parent / "shared" / "contracts"))
    file = base / "ga4" / "analyticsdata.v1beta.json"
    if not file.is_file():
        pytest.skip(f"The contracts are not at {base}; STEWARD_CONTRACTS names their folder.")
    content: dict[str, Any] = json.loads(file.read_text())["schemas"]
    return content


def faults(content: object, message: str) -> list[str]:
    """Return every place at which a message does not fit its schema."""
    return list(_faults(content, {"$ref": message}, message))


def _faults(content: object, schema: dict[str, Any], place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas()[schema["$ref"]]
    if not _fits(content, schema):
        yield f"{place} cannot be {content!r}"
    elif schema["type"] == "any":
        return
    elif isinstance(content, dict):
        known = schema.get("properties", {})
        other = schema.get("additionalProperties")
        for name, value in content.items():
            if name in known or other is not None:
                yield from _faults(value, known.get(name, other), f"{place}.{name}")
            else:
                yield f"{place} has an unknown {name}"
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _faults(value, schema["items"], f"{place}[{number}]")


def _fits(content: object, schema: dict[str, Any]) -> bool:
    kind = _KINDS[schema["type"]]
    if not isinstance(content, kind) or (isinstance(content, bool) and kind not in {bool, object}):
        return False
    if schema.get("format") == "int64":
        return _INT64.fullmatch(str(content)) is not None
    return "enum" not in schema or content in schema["enum"]
