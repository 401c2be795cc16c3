"""What each search field of products, variants, collections and inventory items compares."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sandbox.shopify.documents import ProductDocument, VariantDocument, words
from sandbox.shopify.search_syntax import (
    Disjunction,
    Negation,
    Node,
    Term,
    parse_search,
    terms,
)

T = TypeVar("T")
Test = Callable[[T], bool]
Field = Callable[[Term], "Test[Any]"]

_DAY_SECONDS = 86_400
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda value, wanted: value < wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">": lambda value, wanted: value > wanted,
    ">=": lambda value, wanted: value >= wanted,
    "": lambda value, wanted: value == wanted,
}


def exact(read: Callable[[Any], str | None]) -> Field:
    """Compare a whole text without regard to case; a star at the end compares its beginning."""

    def field(term: Term) -> Test[Any]:
        if not term.phrase and term.value == "*":
            return lambda item: bool(read(item))
        wanted = term.value.lower()
        if term.prefix:
            start = wanted[:-1]
            return lambda item: (read(item) or "").lower().startswith(start)
        return lambda item: (read(item) or "").lower() == wanted

    return field


def any_exact(read: Callable[[Any], tuple[str | None, ...]]) -> Field:
    """Compare each of several texts as `exact` does; one that fits is enough."""

    def field(term: Term) -> Test[Any]:
        compare = exact(lambda text: text)(term)
        return lambda item: any(compare(text) for text in read(item))

    return field


def text(read: Callable[[Any], str]) -> Field:
    """Look for the words of the value, next to each other and in order, in a text."""

    def field(term: Term) -> Test[Any]:
        if not term.phrase and term.value == "*":
            return lambda item: bool(read(item))
        find = phrase_finder(term)
        return lambda item: find((tuple(words(read(item))),))

    return field


def phrase_finder(term: Term) -> Callable[[tuple[tuple[str, ...], ...]], bool]:
    """Return a test whether one of several texts, given as words, holds the term's words."""
    wanted = words(term.value)
    if not wanted:
        return lambda _: True
    count = len(wanted)
    last = wanted[-1]
    head = tuple(wanted[:-1])
    prefix = term.prefix

    def find(texts: tuple[tuple[str, ...], ...]) -> bool:
        for candidate in texts:
            for start in range(len(candidate) - count + 1):
                end = candidate[start + count - 1]
                if (end.startswith(last) if prefix else end == last) and candidate[
                    start : start + count - 1
                ] == head:
                    return True
        return False

    return find


def number(read: Callable[[Any], Decimal | int | None]) -> Field:
    """Compare a number, with or without < <= > >=."""
    return any_number(lambda item: (read(item),))


def any_number(read: Callable[[Any], tuple[Decimal | int | None, ...]]) -> Field:
    """Compare each of several numbers; one that fits is enough."""

    def field(term: Term) -> Test[Any]:
        if term.value == "*":
            return lambda item: any(value is not None for value in read(item))
        try:
            wanted = Decimal(term.value.rpartition("/")[2])
        except InvalidOperation:
            return lambda _: False
        compare = _COMPARE[term.comparison]
        return lambda item: any(
            value is not None and compare(value, wanted) for value in read(item)
        )

    return field


def listed_numbers(term: Term) -> frozenset[int]:
    """Return the identifiers that a condition lists, separated by commas."""
    numbers = (part.strip().rpartition("/")[2] for part in term.value.split(","))
    return frozenset(int(part) for part in numbers if part.isascii() and part.isdigit())


def any_listed(read: Callable[[Any], str]) -> Field:
    """Compare a text with each of a list that is separated by commas; one that fits is enough."""

    def field(term: Term) -> Test[Any]:
        if term.value == "*" or term.prefix:
            return exact(read)(term)
        wanted = {part.strip().lower() for part in term.value.split(",")}
        return lambda item: read(item).lower() in wanted

    return field


def moment(read: Callable[[Any], int | None]) -> Field:
    """Compare a time with a date or timestamp; a date alone without < or > means that whole day."""

    def field(term: Term) -> Test[Any]:
        if term.value == "*":
            return lambda item: read(item) is not None
        wanted = _seconds(term.value)
        if wanted is None:
            return lambda _: False
        if not term.comparison:
            length = _DAY_SECONDS if len(term.value) <= len("2026-01-01") else 1
            return lambda item: (
                (value := read(item)) is not None and wanted <= value < wanted + length
            )
        compare = _COMPARE[term.comparison]
        return lambda item: (value := read(item)) is not None and compare(value, wanted)

    return field


def is_moment(value: str) -> bool:
    """Tell whether a search can compare with this time."""
    return value == "*" or _seconds(value) is not None


def flag(read: Callable[[Any], bool]) -> Field:
    """Compare true or false."""

    def field(term: Term) -> Test[Any]:
        wanted = term.value.lower() == "true"
        return lambda item: read(item) == wanted

    return field


def _seconds(value: str) -> float | None:
    relative = re.fullmatch(r"now(?:-(\d+)([dhm]))?", value.lower())
    if relative:
        units = {"d": "days", "h": "hours", "m": "minutes", None: "days"}
        back = timedelta(**{units[relative.group(2)]: int(relative.group(1) or 0)})
        return time.time() - back.total_seconds()
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        short = re.match(r"\d{4}-\d{2}-\d{2}", value)
        if short is None:
            return None
        try:
            parsed = datetime.fromisoformat(short.group())
        except ValueError:
            return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _published(term: Term) -> Test[ProductDocument]:
    wanted = term.value.lower() in ("published", "visible", "online_store_channel")
    if term.value.lower() in ("any", "*"):
        return lambda _: True
    return lambda item: (item.published_at is not None and item.status == "ACTIVE") == wanted


def _statuses(term: Term) -> Test[ProductDocument]:
    wanted = {part.strip().lower() for part in term.value.split(",")}
    return lambda item: item.status.lower() in wanted


def _without_tag(term: Term) -> Test[ProductDocument]:
    wanted = term.value.lower()
    return lambda item: all(tag.lower() != wanted for tag in item.tags)


def _prices(item: ProductDocument) -> tuple[Decimal, ...]:
    return tuple(variant.price for variant in item.variants)


PRODUCT_SEARCH: Mapping[str, Field] = {
    "barcode": any_exact(lambda item: tuple(variant.barcode for variant in item.variants)),
    "created_at": moment(lambda item: item.created_at),
    "gift_card": flag(lambda item: item.gift_card),
    "handle": any_listed(lambda item: item.handle),
    "has_only_default_variant": flag(
        lambda item: len(item.variants) == 1 and item.variants[0].title == "Default Title"
    ),
    "id": number(lambda item: item.id),
    "inventory_item_id": any_number(
        lambda item: tuple(variant.inventory_item_id for variant in item.variants)
    ),
    "inventory_total": number(lambda item: item.total_inventory),
    "is_price_reduced": flag(
        lambda item: any(
            variant.compare_at_price is not None and variant.compare_at_price > variant.price
            for variant in item.variants
        )
    ),
    "out_of_stock_somewhere": flag(
        lambda item: any(variant.tracked and variant.inventory <= 0 for variant in item.variants)
    ),
    "price": any_number(_prices),
    "product_type": exact(lambda item: item.product_type),
    "published_at": moment(lambda item: item.published_at),
    "published_status": _published,
    "sku": any_exact(lambda item: tuple(variant.sku for variant in item.variants)),
    "status": _statuses,
    "tag": any_exact(lambda item: item.tags),
    "tag_not": _without_tag,
    "title": text(lambda item: item.title),
    "tracks_inventory": flag(lambda item: any(variant.tracked for variant in item.variants)),
    "updated_at": moment(lambda item: item.updated_at),
    "variant_id": any_number(lambda item: tuple(variant.id for variant in item.variants)),
    "variant_title": any_exact(lambda item: tuple(variant.title for variant in item.variants)),
    "variants.price": any_number(_prices),
    "vendor": exact(lambda item: item.vendor),
}

VariantView = tuple[ProductDocument, VariantDocument]


def _option(position: int) -> Callable[[VariantView], str | None]:
    return lambda view: view[1].options[position - 1] if len(view[1].options) >= position else None


def _among_products(term: Term) -> Test[VariantView]:
    wanted = listed_numbers(term)
    return lambda view: view[0].id in wanted


VARIANT_SEARCH: Mapping[str, Field] = {
    "barcode": exact(lambda view: view[1].barcode),
    "created_at": moment(lambda view: view[1].created_at),
    "gift_card": flag(lambda view: view[0].gift_card),
    "id": number(lambda view: view[1].id),
    "inventory_item_id": number(lambda view: view[1].inventory_item_id),
    "inventory_quantity": number(lambda view: view[1].inventory),
    "location_id": any_number(lambda view: tuple(view[1].location_ids)),
    "managed": flag(lambda view: view[1].tracked),
    "option1": exact(_option(1)),
    "option2": exact(_option(2)),
    "option3": exact(_option(3)),
    "price": number(lambda view: view[1].price),
    "product_id": number(lambda view: view[0].id),
    "product_ids": _among_products,
    "product_publication_status": lambda term: lambda view: _published(term)(view[0]),
    "product_status": lambda term: lambda view: _statuses(term)(view[0]),
    "product_type": exact(lambda view: view[0].product_type),
    "published_status": lambda term: lambda view: _published(term)(view[0]),
    "sku": exact(lambda view: view[1].sku),
    "tag": any_exact(lambda view: view[0].tags),
    "tag_not": lambda term: lambda view: _without_tag(term)(view[0]),
    "taxable": flag(lambda view: view[1].taxable),
    "title": text(lambda view: view[1].title),
    "updated_at": moment(lambda view: view[1].updated_at),
    "vendor": exact(lambda view: view[0].vendor),
}

COLLECTION_SEARCH: Mapping[str, Field] = {
    "collection_type": exact(lambda item: "custom" if item.rule_set is None else "smart"),
    "handle": exact(lambda item: item.handle),
    "id": number(lambda item: item.id),
    "published_status": lambda term: lambda _: term.value.lower() != "unpublished",
    "title": text(lambda item: item.title),
    "updated_at": moment(lambda item: item.updated_at),
}

INVENTORY_ITEM_SEARCH: Mapping[str, Field] = {
    "created_at": moment(lambda item: item.created_at),
    "id": number(lambda item: item.id),
    "sku": exact(lambda item: item.sku),
    "updated_at": moment(lambda item: item.updated_at),
}

INVENTORY_LEVEL_SEARCH: Mapping[str, Field] = {
    "created_at": moment(lambda item: item.created_at),
    "id": number(lambda item: item.id),
    "inventory_item_id": number(lambda item: item.inventory_item_id),
    "updated_at": moment(lambda item: item.updated_at),
}

LOCATION_SEARCH: Mapping[str, Field] = {
    "active": flag(lambda item: item.active),
    "city": exact(lambda item: item.city),
    "country": exact(lambda item: item.country_code),
    "created_at": moment(lambda item: item.created_at),
    "legacy": flag(lambda _: False),
    "location_id": number(lambda item: item.id),
    "name": text(lambda item: item.name),
}


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
