"""The ways in which a condition of a search compares a value."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sandbox.shopify.documents import words
from sandbox.shopify.search_syntax import Term

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
