"""Recorded exchanges with the platform, played again on the sandbox.

Each exchange is played on a catalogue that is made from what the capture itself tells about the
store before it. Where a capture lacks the document of a mutation, one is made that selects what
the recorded answer holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    execute,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from sandbox.shopify.bulk import Bulk
from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.context import RequestContext, Shop
from sandbox.shopify.document_check import check_document
from sandbox.shopify.identifiers import gid
from sandbox.shopify.requests import oversized_inputs, root_fields
from sandbox.shopify.schema import shopify_schema
from sandbox.shopify.variables import check_variables
from sandbox.shopify.writing import MUTATION
from tests.sandbox.capture_exceptions import EXCEPTIONS
from tests.sandbox.captures import (
    Builder,
    Exchange,
    Facts,
    capture,
    capture_files,
    documented_exchanges,
    parsed,
    root_names,
    undocumented_writes,
)
from tests.sandbox.shopify_bulk_captures import recorded_bulk, staged

SCHEMA = shopify_schema()
HIDDEN = {
    "compareDigest",
    "cursor",
    "endCursor",
    "onlineStorePreviewUrl",
    "partialDataUrl",
    "startCursor",
    "url",
}
SIGNED = {"key", "policy", "x-goog-credential", "x-goog-date", "x-goog-signature"}
IDENTIFIER = re.compile(r"gid://shopify/\w+/\d+")
GENERATED = {"createdAt", "updatedAt", "publishedAt", "publishDate"}


@dataclass(frozen=True)
class _State:
    """A store as a capture tells about it."""

    catalogue: Catalogue
    bulk: Bulk


class _States:
    """Makes stores from what is told about them, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def of(self, facts: Facts) -> _State:
        self._made += 1
        bulk = recorded_bulk(facts, self._folder / str(self._made))
        return _State(Builder(facts).build(), bulk)


def _facts(file_name: str, *, only_hydrations: bool) -> Facts:
    facts = Facts()
    for exchange in documented_exchanges(file_name):
        if _is_read(exchange) and ("upstreamCalls" in exchange.name or not only_hydrations):
            facts.read(SCHEMA, exchange.query, exchange.answer["data"])
    return facts


def _is_read(exchange: Exchange) -> bool:
    if not isinstance(exchange.answer.get("data"), dict):
        return False
    assert SCHEMA.query_type is not None
    names = root_names(_parsed(exchange.query))
    return names <= set(SCHEMA.query_type.fields) and not _refusals(exchange.query)


def _parsed(query: str) -> DocumentNode:
    document = parsed(query)
    assert document is not None
    return document


@cache
def _refusals(query: str) -> tuple[dict[str, Any], ...]:
    return tuple(check_document(SCHEMA, _parsed(query)))


def _number(identifier: str) -> int:
    return int(identifier.rpartition("/")[2])


def _shop(file_name: str, facts: Facts) -> Shop:
    """Return the shop that a capture was taken from, as far as the capture tells."""
    content = capture(file_name)
    domain = str(content.get("storeDomain") or "very-big-test-store.myshopify.com")
    name = domain.partition(".")[0]
    shops = [each for each in facts.fields if each.startswith("gid://shopify/Shop/")]
    known = facts.fields[shops[0]] if shops else {}
    return Shop(
        name=known.get("name", name),
        domain=known.get("myshopifyDomain", domain),
        currency=known.get("currencyCode", "USD"),
        plan="standard",
        scopes=(),
        created_at=0,
        id=_number(shops[0]) if shops else 1,
    )


def _play(exchange: Exchange, state: _State, shop: Shop) -> dict[str, Any]:
    """Return the sandbox's data and errors for an exchange, in the form of the answer."""
    document = _parsed(exchange.query)
    refusals: list[dict[str, Any]] = list(_refusals(exchange.query))
    operation: Any = document.definitions[0]
    refusals = refusals or check_variables(SCHEMA, operation, exchange.variables)
    refusals = refusals or oversized_inputs(root_fields(document, operation), exchange.variables)
    if refusals:
        return {"errors": refusals}
    context = RequestContext(state.catalogue, shop, at=1_780_000_000, bulk=state.bulk)
    result: Any = execute(
        SCHEMA, document, context_value=context, variable_values=exchange.variables
    )
    played: dict[str, Any] = {"data": result.data}
    if result.errors:
        played["errors"] = [_printed(error) for error in result.errors]
    return played


def _printed(error: GraphQLError) -> dict[str, Any]:
    places = [{"line": place.line, "column": place.column} for place in error.locations or []]
    return {
        "message": error.message,
        "locations": places,
        "path": error.path,
        "extensions": error.extensions,
    }


class _Comparison:
    """Compares answers; new resources may have other identifiers, but always the same ones."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def differences(self, own: Any, theirs: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401
        if isinstance(theirs, dict) and isinstance(own, dict):
            if theirs.get("name") in SIGNED:
                theirs = {"name": theirs["name"]}
            for key, value in theirs.items():
                if key in HIDDEN and value is not None and own.get(key) is not None:
                    continue
                if key in GENERATED and own.get(key) is not None and value is not None:
                    continue
                yield from self.differences(own.get(key, "nothing"), value, f"{path}.{key}")
        elif isinstance(theirs, list) and isinstance(own, list) and len(own) == len(theirs):
            for index, (ours, value) in enumerate(zip(own, theirs, strict=True)):
                yield from self.differences(ours, value, f"{path}[{index}]")
        elif not self._same(own, theirs):
            yield f"{path}: {own!r} instead of {theirs!r}"

    def _same(self, own: object, theirs: object) -> bool:
        if own == theirs:
            return True
        if not (isinstance(own, str) and isinstance(theirs, str)):
            return False
        if not (own.startswith("gid://") and theirs.startswith("gid://")):
            return own == IDENTIFIER.sub(lambda each: self.names.get(each[0], each[0]), theirs)
        if own.split("/")[3] != theirs.split("/")[3]:
            return False
        return self.names.setdefault(theirs, own) == own

    def translated(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value with the recorded identifiers replaced by the sandbox's."""
        if isinstance(value, dict):
            return {key: self.translated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.translated(inner) for inner in value]
        return self.names.get(value, value) if isinstance(value, str) else value


def _check(file_name: str, failed: dict[str, list[str]], kind: str) -> None:
    """Compare what failed with what is known to fail: neither may hold more than the other."""
    stem = file_name.removesuffix(".json")
    excused = [start for start in EXCEPTIONS[kind] if start.partition(".")[0] == stem]
    unexplained = {
        name: found[:3]
        for name, found in failed.items()
        if not any(name.startswith(start) for start in excused)
    }
    assert unexplained == {}
    needless = [start for start in excused if not any(name.startswith(start) for name in failed)]
    assert needless == [], "these exceptions are no longer needed"


@pytest.mark.parametrize("file_name", capture_files())
def test_recorded_reads(file_name: str, tmp_path: Path) -> None:
    """A store with what an answer tells gives that answer to the same query."""
    failed: dict[str, list[str]] = {}
    states = _States(tmp_path)
    for exchange in documented_exchanges(file_name):
        if not _is_read(exchange):
            continue
        facts = Facts()
        facts.read(SCHEMA, exchange.query, exchange.answer["data"])
        played = _play(exchange, states.of(facts), _shop(file_name, facts))
        found = list(_Comparison().differences(played["data"], exchange.answer["data"]))
        if found:
            failed[exchange.name] = found
    _check(file_name, failed, "reads")


@pytest.mark.parametrize("file_name", capture_files())
def test_recorded_writes(file_name: str, tmp_path: Path) -> None:
    """A store in the recorded state gives the recorded answer to a mutation."""
    failed: dict[str, list[str]] = {}
    states = _States(tmp_path)
    writes = list(_writes(file_name))
    facts = _facts(file_name, only_hydrations=True) if writes else Facts()
    shop = _shop(file_name, _facts(file_name, only_hydrations=False))
    lasting, session = states.of(facts), _Comparison()
    for exchange in writes:
        found = _differences(exchange, lasting, shop, session)
        for told in (facts, Facts()):
            if found:
                found = _differences(exchange, states.of(told), shop, _Comparison())
        if found and exchange.answer.get("data"):
            told = _facts(file_name, only_hydrations=True)
            told.read(SCHEMA, exchange.query, exchange.answer["data"])
            found = _differences(exchange, states.of(told), shop, _Comparison())
        if found:
            failed[exchange.name] = found
    _check(file_name, failed, "writes")


def _differences(
    exchange: Exchange, state: _State, shop: Shop, comparison: _Comparison
) -> list[str]:
    comparison.names.update(staged(state.bulk, exchange))
    translated = Exchange(
        exchange.name, exchange.query, comparison.translated(exchange.variables), exchange.answer
    )
    _take_out_added(exchange, state.catalogue)
    played = _play(translated, state, shop)
    answer = {key: exchange.answer[key] for key in ("data", "errors") if exchange.answer.get(key)}
    return list(comparison.differences(played, answer))


def _take_out_added(exchange: Exchange, catalogue: Catalogue) -> None:
    """Take out of a collection what the exchange adds; the capture may tell of it afterwards."""
    if "collectionAddProducts" in root_names(_parsed(exchange.query)):
        for collection in catalogue.collections.values():
            if gid("Collection", collection.id) == exchange.variables.get("id"):
                added = {_number(each) for each in exchange.variables["productIds"]}
                collection.product_ids = [
                    number for number in collection.product_ids if number not in added
                ]
        catalogue.forget_members()


def _writes(file_name: str) -> Iterator[Exchange]:
    for exchange in documented_exchanges(file_name):
        names = root_names(_parsed(exchange.query))
        if names and names <= set(MUTATION):
            yield exchange
    for exchange in undocumented_writes(file_name):
        query = _document_for(exchange)
        if query is not None:
            yield Exchange(exchange.name, query, exchange.variables, exchange.answer)


def _document_for(exchange: Exchange) -> str | None:
    """Return a mutation that selects what the recorded answer holds, or None."""
    (name, payload), *others = exchange.answer["data"].items()
    if others or name not in MUTATION or not isinstance(payload, dict):
        return None
    assert SCHEMA.mutation_type is not None
    field = SCHEMA.mutation_type.fields[name]
    if not set(exchange.variables) <= set(field.args):
        return None
    payload_type = get_named_type(field.type)
    assert isinstance(payload_type, GraphQLObjectType)
    selection = _selection(payload_type, payload)
    if selection is None:
        return None
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in exchange.variables)
    given = ", ".join(f"{key}: ${key}" for key in exchange.variables)
    if "artialUpdate" in exchange.name:
        given += ", allowPartialUpdates: true"
    return f"mutation Played({declared}) {{ {name}({given}) {{ {selection} }} }}"


def _selection(parent: GraphQLObjectType, data: dict[str, Any]) -> str | None:
    chosen = []
    for key, value in data.items():
        field = parent.fields.get(key)
        if field is None or any(is_required_argument(each) for each in field.args.values()):
            return None
        arguments = "(first: 50)" if "first" in field.args else ""
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            chosen.append(key)
            continue
        below = _below(inner.name, value)
        if below is None:
            return None
        chosen.append(f"{key}{arguments} {{ {below} }}")
    return " ".join(chosen)


def _below(type_name: str, value: Any) -> str | None:  # noqa: ANN401
    merged: dict[str, Any] = {}
    for element in value if isinstance(value, list) else [value]:
        for key, inner in (element or {}).items():
            if merged.get(key) in (None, [], {}):
                merged[key] = inner
    if not merged:
        return "__typename"
    if type_name == "Node":
        product = SCHEMA.type_map["Product"]
        assert isinstance(product, GraphQLObjectType)
        return f"... on Product {{ {_selection(product, merged)} }}"
    named = SCHEMA.type_map[type_name]
    return _selection(named, merged) if isinstance(named, GraphQLObjectType) else None


def test_there_are_captures() -> None:
    """The recorded traffic is there and holds what the other tests look for."""
    names = capture_files()
    assert any("product-variants-bulk-update-parity" in name for name in names)
    assert capture(names[0])
