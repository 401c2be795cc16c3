"""The platform's own description of its API, and a check of requests against it."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).resolve().parents[3]
PAAS, SAAS = "admin-schema-2.4.9.yaml", "accs-schema.yaml"
# Taken by every endpoint of the platform, and described for none.
_COMMON = frozenset({"fields"})
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


@cache
def description(name: str) -> dict[str, Any]:
    """Return one description, or skip the test where there is none."""
    base = Path(os.environ.get("STEWARD_CONTRACTS", _ROOT.parent / "shared" / "contracts"))
    file = base / "adobe_commerce" / name
    if not file.is_file():
        pytest.skip(f"The contracts are not at {base}; STEWARD_CONTRACTS names their folder.")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(file.read_text(), Loader=loader)  # noqa: S506
    return content


def faults(
    name: str, method: str, path: str, query: list[tuple[str, str]], body: object
) -> Iterator[str]:
    """Yield what of a request the description does not know; `path` begins at `/V1`."""
    content = description(name)
    template = next(
        (
            each
            for each in (path, re.sub("/attributes/[^/]+$", "/attributes/{attributeCode}", path))
            if method.lower() in content["paths"].get(each, {})
        ),
        None,
    )
    if template is None:
        yield f"{method} {path} is not described"
        return
    parameters = content["paths"][template][method.lower()].get("parameters", [])
    known = {_unnumbered(each["name"]) for each in parameters if each["in"] == "query"} | _COMMON
    yield from (f"{path}: {key} is unknown" for key, _ in query if _unnumbered(key) not in known)
    schema = next((each["schema"] for each in parameters if each["in"] == "body"), None)
    if schema is None:
        if body is not None:
            yield f"{method} {path} has no body"
        return
    yield from _check(content, schema, body, path)


def _unnumbered(key: str) -> str:
    """Leave out the positions, of which the descriptions name the first only."""
    return re.sub(r"\[\d+\]", "[]", key)


def _check(
    content: dict[str, Any], schema: dict[str, Any], value: object, where: str
) -> Iterator[str]:
    # Every value is a text to the description; the platform takes null for a value to be unset.
    if value is None and where.endswith(".custom_attributes[].value"):
        return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _check(content, content["definitions"][name], value, where)
        return
    kind = schema.get("type", "object")
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{where}: {value!r} is no {kind}"
    elif isinstance(value, list):
        for item in value:
            yield from _check(content, schema["items"], item, f"{where}[]")
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (
            f"{where}.{key} is missing" for key in set(schema.get("required", ())) - set(value)
        )
        for key, item in value.items():
            if key not in known:
                yield f"{where}.{key} is unknown"
            else:
                yield from _check(content, known[key], item, f"{where}.{key}")
