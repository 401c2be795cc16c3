"""The platform's own description of its API, and a check of answers against it."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PAAS, SAAS = "admin-schema-2.4.9.yaml", "accs-schema.yaml"

EXCEPTIONS = {
    "error-parameters: object for array": (
        "Named placeholders come with an object; the description knows lists only."
    ),
    "error-parameters-item: string for object": (
        "Numbered placeholders come with a list of plain values, not of objects."
    ),
    "error-parameters-item: integer for object": (
        "Numbered placeholders come with a list of plain values, not of objects."
    ),
    "framework-attribute-interface.value: array for string": (
        "The one attribute category_ids has a list."
    ),
    "asynchronous-operations-data-operation-interface.result_serialized_data: null for string": (
        "An operation without an answer has none to show."
    ),
    "asynchronous-operations-data-operation-interface.result_message: null for string": (
        "An open operation has no result yet."
    ),
    "asynchronous-operations-data-operation-interface.error_code: null for integer": (
        "An operation without an error has no code."
    ),
    "asynchronous-operations-data-summary-operation-status-interface.result_message: "
    "null for string": "An open operation has no result yet.",
    "asynchronous-operations-data-summary-operation-status-interface.error_code: "
    "null for integer": "An operation without an error has no code.",
    "catalog-inventory-data-stock-item-interface.low_stock_date: null for string": (
        "A product that never ran low has no such date."
    ),
    "catalog-data-price-update-result-interface.parameters[]: null for string": (
        "A value that the request left out is repeated as null."
    ),
    "POST /V1/inventory/source-items: 200 is not described": (
        "The endpoint answers 200 with an empty list; the description has failures only."
    ),
    "POST /V1/inventory/source-items-delete: 200 is not described": (
        "The endpoint answers 200 with an empty list; the description has failures only."
    ),
}
"""Where true answers depart from the description, and why."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


_BASE = Path(os.environ.get("STEWARD_CONTRACTS", ROOT.parent / "shared" / "contracts"))


def has_descriptions() -> bool:
    """Tell whether the descriptions are at hand."""
    return (_BASE / "adobe_commerce").is_dir()


def require_descriptions() -> None:
    """Skip the test where the descriptions are absent."""
    if not has_descriptions():
        pytest.skip(f"The contracts are not at {_BASE}; STEWARD_CONTRACTS names their folder.")


@cache
def description(name: str) -> dict[str, Any]:
    """Return one description; its `info` refers to what is not there, and is dropped."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (_BASE / "adobe_commerce" / name).read_text()
    content: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506
    del content["info"]
    return content


def departures(
    name: str, method: str, parts: list[str], status: int, answer: object
) -> Iterator[str]:
    """Yield each place in which an answer departs from the description.

    Args:
        name: the description's file.
        method: the HTTP method.
        parts: the decoded parts of the path, from `V1` on.
        status: the answer's HTTP status.
        answer: its JSON.
    """
    content = description(name)
    path = _path(content, method, parts)
    if path is None:
        if status != 404:
            yield f"{method} /{'/'.join(parts)}: not described"
        return
    responses = content["paths"][path][method.lower()]["responses"]
    response = responses.get(str(status), responses.get("default") if status >= 400 else None)
    if response is None:
        yield f"{method} {path}: {status} is not described"
        return
    yield from _check(content, response["schema"], answer, f"{method} {path}")


def _path(content: dict[str, Any], method: str, parts: list[str]) -> str | None:
    found = []
    for path, operations in content["paths"].items():
        wanted = path.strip("/").split("/")
        if method.lower() in operations and len(wanted) == len(parts):
            variables = sum(part.startswith("{") for part in wanted)
            if all(
                part.startswith("{") or part == given
                for part, given in zip(wanted, parts, strict=True)
            ):
                found.append((variables, path))
    return min(found)[1] if found else None


def _check(
    content: dict[str, Any], schema: dict[str, Any], value: object, where: str
) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _check(content, content["definitions"][name], value, name)
        return
    kind = schema.get("type", "object")
    fits = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        yield f"{where}: {_kind(value)} for {kind}"
    elif isinstance(value, list):
        for item in value:
            yield from _check(content, schema["items"], item, f"{where}[]")
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        for name in set(schema.get("required", ())) - set(value):
            yield f"{where}.{name}: missing"
        for name, item in value.items():
            if name not in known:
                yield f"{where}.{name}: unknown"
            else:
                yield from _check(content, known[name], item, f"{where}.{name}")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return next((name for name, kind in _TYPES.items() if isinstance(value, kind)), "unknown")
