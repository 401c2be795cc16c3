"""Reading a request: its body, the calls of a bulk, and what faults can tell it apart by."""

import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.problems import ApiError, required, wrong_type
from sandbox.adobe_commerce.routes import Route, Target
from sandbox.faults import RequestFacts

_ROWS = ("prices", "sourceItems")
_REQUIRED = {
    "PutV1ProductsSku": ("product",),
    "PostV1Products": ("product",),
    "PostV1ProductsBaseprices": ("prices",),
    "PostV1ProductsSpecialprice": ("prices",),
    "PostV1ProductsSpecialpricedelete": ("prices",),
    "PostV1InventorySourceitems": ("sourceItems",),
    "PostV1InventorySourceitemsdelete": ("sourceItems",),
    "PostV1CategoriesCategoryIdProducts": ("productLink",),
    "PutV1CategoriesCategoryIdProducts": ("productLink",),
}


def parse_query(text: str) -> list[tuple[str, str]]:
    """Return the parameters of a query string, in order."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=2000)
    except ValueError:
        raise ApiError(400, "Specified request cannot be processed.") from None


def parse_body(body: bytes, content_type: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON of a body; an empty one is an empty object.

    Raises:
        ApiError: it is no JSON, or does not say that it is.
    """
    if not body.strip():
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if not kind:
        raise ApiError(400, "Content-Type header is empty.")
    if kind != "application/json":
        raise ApiError(
            400, "Server cannot understand Content-Type HTTP header media type %1", [kind]
        )
    try:
        content = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        if b"\\u" in body:
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(400, "Decoding error.") from None
    return content


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def calls_of(target: Target, content: Any) -> list[tuple[dict[str, str], dict[str, Any]]]:  # noqa: ANN401
    """Return the path parameters and bodies of all calls that a queued request holds.

    Raises:
        ApiError: one of them lacks something, and so none is accepted.
    """
    items = content if target.bulk else [content]
    if isinstance(items, dict):
        items = list(items.values())
    if not isinstance(items, list) or not items:
        raise ApiError(400, "Input data is empty")
    calls = []
    for item in items:
        if not isinstance(item, dict):
            raise wrong_type("entities", item, "object")
        for name in _REQUIRED.get(target.route.operation, ()):
            if item.get(name) is None:
                raise required(name)
        calls.append((_bulk_path(target, item) if target.bulk else dict(target.path), item))
    return calls


def _bulk_path(target: Target, item: Mapping[str, Any]) -> dict[str, str]:
    """Return the path parameters that the items of a bulk carry in their bodies."""
    path: dict[str, str] = {}
    for part in target.route.pattern:
        if not part.startswith("{"):
            continue
        name = part.strip("{}")
        snake = {"categoryId": "category_id"}.get(name, name)
        places: list[Any] = [item, *(item.get(key) for key in ("product", "productLink"))]
        for place in places:
            value = place.get(name, place.get(snake)) if isinstance(place, dict) else None
            if isinstance(value, str | int) and value != "":
                path[name] = str(value)
                break
        else:
            raise required(name)
    return path


def facts_of(operation: str, kind: str, path: Mapping[str, str], content: Any) -> RequestFacts:  # noqa: ANN401
    """Return what faults can tell a request apart by: resources are SKUs, or a bulk's UUID."""
    found = {path[name] for name in ("sku", "bulkUuid") if name in path}
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, dict):
            found |= _skus(item)
    return RequestFacts(kind, frozenset((operation,)), frozenset(found))


def _skus(body: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    parts: list[Any] = [body, body.get("product"), body.get("productLink")]
    for name in _ROWS:
        rows = body.get(name)
        parts += rows if isinstance(rows, list) else []
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("sku"), str):
            found.add(part["sku"])
    asked = body.get("skus")
    if isinstance(asked, list):
        found |= {sku for sku in asked if isinstance(sku, str)}
    return found


def item_facts(call: Call, route: Route, kind: str) -> RequestFacts:
    """Return what faults can tell a queued call apart by when it is applied."""
    return facts_of(route.operation, kind, call.path, call.body)
