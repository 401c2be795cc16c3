"""Applying search criteria to records: the comparisons of the platform's database, and pages."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.adobe_commerce.problems import ApiError
from sandbox.adobe_commerce.search_criteria import Criteria, Filter

Getter = Callable[[Any], Any]
"""Reads the value of one field from a record: a text, number, list of them, or None."""

Test = Callable[[Any], bool]


def search(
    records: Iterable[Any], criteria: Criteria, getter: Callable[[str], Getter | None]
) -> tuple[list[Any], int]:
    """Return the records of the page that is asked for, and how many there are on all pages.

    A page beyond the last one repeats the last one, as the platform's collections do.

    Args:
        records: all records, in the order that they have unsorted.
        criteria: what is asked for.
        getter: returns how to read a field, or None for one that the records do not have.

    Raises:
        ApiError: the criteria name a field that the records do not have.
    """
    groups = [
        [(_getter(getter, item), _condition(item)) for item in group] for group in criteria.groups
    ]
    found = [
        record
        for record in records
        if all(any(holds(read(record)) for read, holds in group) for group in groups if group)
    ]
    for order in reversed(criteria.orders):
        read = getter(order.field)
        if read is None:
            raise _unknown(order.field)
        found.sort(key=_sort_key(read), reverse=order.descending)
    if criteria.page_size is None:
        return found, len(found)
    last = max(1, -(-len(found) // criteria.page_size))
    page = min(max(1, criteria.current_page or 1), last)
    start = (page - 1) * criteria.page_size
    return found[start : start + criteria.page_size], len(found)


def _getter(getter: Callable[[str], Getter | None], item: Filter) -> Getter:
    read = getter(item.field)
    if read is None:
        raise _unknown(item.field)
    return read


def _unknown(field: str) -> ApiError:
    return ApiError(
        400, 'The "%1" attribute name is invalid. Reset the name and try again.', [field]
    )


def _sort_key(read: Getter) -> Callable[[Any], tuple[int, Decimal, str]]:
    def key(record: Any) -> tuple[int, Decimal, str]:  # noqa: ANN401 - any record
        value = read(record)
        if value is None:
            return (0, Decimal(0), "")
        number = None if isinstance(value, list) else _number(value)
        return (
            (1, number or Decimal(0), "") if number is not None else (2, Decimal(0), _fold(value))
        )

    return key


def _fold(value: object) -> str:
    return str(value).casefold()


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _compare(value: object, wanted: str, number: Decimal | None) -> int:
    left = None if number is None else _number(value)
    if left is not None and number is not None:
        return (left > number) - (left < number)
    first, second = _fold(value), _fold(wanted)
    return (first > second) - (first < second)


def _among(wanted: Sequence[str]) -> Test:
    """Return the test whether a value is one of several, as text or as a number."""
    texts = {_fold(item) for item in wanted}
    numbers = {number for item in wanted if (number := _number(item)) is not None}

    def among(value: object) -> bool:
        if isinstance(value, list):
            return any(among(item) for item in value)
        return _fold(value) in texts or (bool(numbers) and _number(value) in numbers)

    return among


def _like(text: str) -> Test:
    """Return the test of a LIKE pattern of SQL, in which % stands for anything, _ for one sign."""
    special = {"%": ".*", "_": "."}
    folded = _fold(text)
    pattern = re.compile(
        "".join(special.get(sign) or re.escape(sign) for sign in folded), re.DOTALL
    )
    return lambda value: pattern.fullmatch(_fold(value)) is not None


def _ordered(wanted: str, accepted: tuple[int, ...]) -> Test:
    number = _number(wanted)
    return lambda value: _compare(value, wanted, number) in accepted


def _listed(wanted: str) -> Test:
    """Return the test whether a value is a list, or commas between texts, that names another."""
    among = _among([wanted])
    return lambda value: any(
        among(item) for item in (value if isinstance(value, list) else str(value).split(","))
    )


def _inverse(test: Test) -> Test:
    return lambda value: not test(value)


_TESTS: Mapping[str, Callable[[str], Test]] = {
    "eq": lambda wanted: _among([wanted]),
    "neq": lambda wanted: _inverse(_among([wanted])),
    "in": lambda wanted: _among(wanted.split(",")),
    "nin": lambda wanted: _inverse(_among(wanted.split(","))),
    "like": _like,
    "nlike": lambda wanted: _inverse(_like(wanted)),
    "gt": lambda wanted: _ordered(wanted, (1,)),
    "gteq": lambda wanted: _ordered(wanted, (0, 1)),
    "moreq": lambda wanted: _ordered(wanted, (0, 1)),
    "from": lambda wanted: _ordered(wanted, (0, 1)),
    "lt": lambda wanted: _ordered(wanted, (-1,)),
    "lteq": lambda wanted: _ordered(wanted, (-1, 0)),
    "to": lambda wanted: _ordered(wanted, (-1, 0)),
    "finset": _listed,
    "nfinset": lambda wanted: _inverse(_listed(wanted)),
}


def _condition(item: Filter) -> Test:
    """Return the test of a filter; a missing value meets no comparison, as NULL does in SQL."""
    if item.condition == "null":
        return lambda value: value is None
    if item.condition == "notnull":
        return lambda value: value is not None
    test = _TESTS[item.condition](item.value)
    return lambda value: value is not None and test(value)


def chosen(content: Any, wanted: str) -> Any:  # noqa: ANN401 - any JSON value
    """Reduce an answer to the fields that a client named, such as `items[sku,price],total_count`.

    A list of names that is not well formed changes nothing.
    """
    tree, rest = _fields(wanted)
    return content if rest else _reduced(content, tree)


def _fields(text: str) -> tuple[dict[str, Any], str]:
    tree: dict[str, Any] = {}
    while text and not text.startswith("]"):
        match = re.match(r"[\w]+", text)
        if match is None:
            return tree, text
        name, text = match.group(0), text[match.end() :]
        branch: dict[str, Any] = {}
        if text.startswith("["):
            branch, text = _fields(text[1:])
            if not text.startswith("]"):
                return tree, text or "["
            text = text[1:]
        tree[name] = branch
        text = text.removeprefix(",")
    return tree, text


def _reduced(content: Any, tree: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(content, list):
        return [_reduced(item, tree) for item in content]
    if not isinstance(content, dict) or not tree:
        return content
    return {name: _reduced(content[name], tree[name]) for name in content if name in tree}


def results(items: Sequence[Any], criteria: Criteria, total: int) -> dict[str, Any]:
    """Return the answer to a search."""
    return {"items": list(items), "search_criteria": criteria.document(), "total_count": total}
