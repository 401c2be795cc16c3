"""Holds requests and answers against the platform's OpenAPI documents, kept outside."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = (
    "products_catalog",
    "product-variants_catalog",
    "categories_catalog",
    "inventory",
    "price_lists",
)

Json = Any
"""Any JSON value."""

NULL_ALL_THE_SAME = {
    "base_variant_id": "its description says that a product with options has null",
    "option_set_id": "the older option sets are optional, and a product without one has null",
    "sku_id": "its description says that a base variant has null",
}
"""Fields that are null although the documents do not mark them so, each with the reason."""

# The loader in C reads the large documents ten times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def contracts() -> Path | None:
    """Return the folder of the documents, or None where it is absent."""
    base = Path(os.environ.get("STEWARD_CONTRACTS", ROOT.parent / "shared" / "contracts"))
    folder = base / "bigcommerce"
    return folder if folder.is_dir() else None


@cache
def contract() -> "Contract | None":
    """Return all documents together, or None where they are absent."""
    folder = contracts()
    return None if folder is None else Contract(folder)


def required_contract() -> "Contract":
    """Return all documents together, or skip the test."""
    found = contract()
    if found is None:
        pytest.skip("The platforms' contracts are absent; STEWARD_CONTRACTS names their folder.")
    return found


class Contract:
    """The operations of all documents, by method and path."""

    def __init__(self, folder: Path) -> None:
        self._operations: list[tuple[re.Pattern[str], str, dict[str, Any], Schemas]] = []
        for name in DOCUMENTS:
            text = (folder / f"{name}.v3.yml").read_text(encoding="utf-8")
            document = yaml.load(text, Loader=_LOADER)  # noqa: S506 - it is a safe one
            schemas = Schemas(document)
            for path, methods in document["paths"].items():
                pattern = re.compile(re.sub(r"\{\w+\}", r"[^/]+", path))
                for method in ("get", "put", "post", "delete"):
                    if method in methods:
                        found = (pattern, method.upper(), methods[method], schemas)
                        self._operations.append(found)

    def operation(self, method: str, path: str) -> tuple[dict[str, Any], "Schemas"] | None:
        """Return the operation of a path below `/v3`, or None."""
        matching = [
            (operation, schemas, pattern)
            for pattern, known, operation, schemas in self._operations
            if known == method and pattern.fullmatch(path)
        ]
        # A path without a variable part is meant before one with it.
        matching.sort(key=lambda item: item[2].pattern.count("[^/]+"))
        return matching[0][:2] if matching else None

    def answer_problems(
        self, method: str, path: str, status: int, media_type: str, content: Json
    ) -> list[str] | None:
        """Return what is wrong with an answer, or None where the documents do not describe it."""
        found = self.operation(method, path)
        if found is None:
            return None
        operation, schemas = found
        response = operation["responses"].get(str(status))
        if response is None:
            return None
        described = schemas.resolve(response).get("content")
        if not described or content is None:
            return [] if content is None else [f"{status} has a body although it is described none"]
        if media_type not in described:
            return [f"{media_type} is none of {', '.join(described)}"]
        return list(schemas.problems(described[media_type].get("schema", {}), content, "$"))

    def request_problems(self, method: str, path: str, content: Json) -> list[str]:
        """Return what is wrong with a request's body."""
        found = self.operation(method, path)
        if found is None:
            return [f"{method} {path} is no operation"]
        operation, schemas = found
        if "requestBody" not in operation:
            return [] if content is None else ["a body although none is described"]
        described = schemas.resolve(operation["requestBody"])["content"]["application/json"]
        return list(schemas.problems(described["schema"], content, "$"))


class Schemas:
    """The schemas of one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        """Follow references to what they stand for."""
        while "$ref" in node:
            found: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def problems(self, schema: dict[str, Any], value: Json, at: str) -> Iterator[str]:
        """Yield where a JSON value breaks a schema."""
        schema = self.resolve(schema)
        if value is None:
            if not self._nullable(schema) and at.rpartition(".")[2] not in NULL_ALL_THE_SAME:
                yield f"{at} is null"
            return
        for part in schema.get("allOf", ()):
            yield from self.problems(part, value, at)
        for choices in (schema.get("oneOf"), schema.get("anyOf")):
            if choices and all(list(self.problems(choice, value, at)) for choice in choices):
                yield f"{at} fits none of {len(choices)} schemas"
        yield from self._own_problems(schema, value, at)

    def _own_problems(self, schema: dict[str, Any], value: Json, at: str) -> Iterator[str]:
        kind = schema.get("type")
        if kind is not None and not _is_type(kind, value):
            yield f"{at} is no {kind}: {json.dumps(value)[:80]}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at} is none of {schema['enum']}: {value!r}"
        yield from _size_problems(schema, value, at)
        if isinstance(value, dict):
            for name in schema.get("required", ()):
                if name not in value:
                    yield f"{at} lacks {name}"
            for name, part in schema.get("properties", {}).items():
                if name in value:
                    yield from self.problems(part, value[name], f"{at}.{name}")
        if isinstance(value, list) and "items" in schema:
            for position, item in enumerate(value):
                yield from self.problems(schema["items"], item, f"{at}[{position}]")

    def _nullable(self, schema: dict[str, Any]) -> bool:
        if schema.get("nullable") or schema.get("x-nullable"):
            return True
        parts = [self.resolve(part) for part in schema.get("allOf", ())]
        choices = [self.resolve(part) for part in schema.get("oneOf", schema.get("anyOf", ()))]
        if parts:
            return all(self._nullable(part) for part in parts)
        if choices:
            return any(self._nullable(choice) for choice in choices)
        return "type" not in schema


def _is_type(kind: str, value: Json) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _size_problems(schema: dict[str, Any], value: Json, at: str) -> Iterator[str]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at} is out of range: {value}"
    if isinstance(value, str):
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
        if len(value) < shortest or (longest is not None and len(value) > longest):
            yield f"{at} has {len(value)} characters"
    if isinstance(value, list) and len(value) > schema.get("maxItems", len(value)):
        yield f"{at} has {len(value)} items"
