"""Turning the text of a search into a test of what is searched."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.search_syntax import (
    Disjunction,
    Negation,
    Node,
    Term,
    parse_search,
    terms,
)
from sandbox.shopify.search_tests import Field, Test, phrase_finder


def compile_search(
    query: str, fields: Mapping[str, Field], free_text: Callable[[Any], tuple[tuple[str, ...], ...]]
) -> Test[Any]:
    """Return a test for a search; conditions on unknown fields are left out.

    Args:
        query: the search, in the platform's syntax.
        fields: the search fields of the kind of thing that is searched.
        free_text: gives the words that conditions without a field look through.
    """
    return _compile(parse_search(query), fields, free_text) or (lambda _: True)


def unknown_fields(query: str, fields: Mapping[str, Field]) -> list[str]:
    """Return the field names of a search that do not exist, each once."""
    named = (term.field for term in terms(parse_search(query)))
    return list(dict.fromkeys(name for name in named if name and not _known(name, fields)))


def _known(name: str, fields: Mapping[str, Field]) -> bool:
    return name.lower() in fields or name.lower() == "default"


def _compile(
    node: Node,
    fields: Mapping[str, Field],
    free_text: Callable[[Any], tuple[tuple[str, ...], ...]],
) -> Test[Any] | None:
    if isinstance(node, Negation):
        inner = _compile(node.operand, fields, free_text)
        return None if inner is None else lambda item: not inner(item)
    if isinstance(node, Term):
        if node.field is None or node.field.lower() == "default":
            find = phrase_finder(node)
            return lambda item: find(free_text(item))
        field = fields.get(node.field.lower())
        return None if field is None else field(node)
    compiled = [_compile(operand, fields, free_text) for operand in node.operands]
    tests = [test for test in compiled if test is not None]
    if not tests:
        return None
    if isinstance(node, Disjunction):
        return lambda item: any(test(item) for test in tests)
    return lambda item: all(test(item) for test in tests)
