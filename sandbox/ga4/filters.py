"""Filter expressions, turned into predicates over the values of one fact or row."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.ga4.problems import invalid

Values = Callable[[str], str]
"""The value of a named field, as the API prints it."""

Predicate = Callable[[Values], bool]

_LONGEST_PATTERN = 1000


def predicate(expression: dict[str, Any], check: Callable[[str], None]) -> Predicate:
    """Return what an expression keeps.

    Args:
        expression: a `FilterExpression`.
        check: raises a problem for a field that may not stand there.

    Raises:
        Problem: the expression makes no sense.
    """
    match expression:
        case {"andGroup": group}:
            every = _parts(group, check)
            return lambda values: all(part(values) for part in every)
        case {"orGroup": group}:
            some = _parts(group, check)
            return lambda values: any(part(values) for part in some)
        case {"notExpression": inner}:
            negated = predicate(inner, check)
            return lambda values: not negated(values)
        case {"filter": single}:
            return _single(single, check)
        case _:
            raise invalid("A FilterExpression must have one expression.")


def _parts(group: dict[str, Any], check: Callable[[str], None]) -> list[Predicate]:
    expressions = group.get("expressions", [])
    if not expressions:
        raise invalid("A FilterExpressionList must have at least one expression.")
    return [predicate(each, check) for each in expressions]


def _single(content: dict[str, Any], check: Callable[[str], None]) -> Predicate:
    name = content.get("fieldName", "")
    if not name:
        raise invalid("A Filter must have a fieldName.")
    check(name)
    match content:
        case {"stringFilter": string}:
            test = _string_test(string)
        case {"inListFilter": listed}:
            test = _list_test(listed)
        case {"numericFilter": numeric}:
            test = _numeric_test(numeric)
        case {"betweenFilter": between}:
            test = _between_test(between)
        case {"emptyFilter": _}:
            test = _is_empty
        case _:
            raise invalid(f"The Filter of {name} must say how to compare.")
    return lambda values: test(values(name))


def _is_empty(value: str) -> bool:
    return value in {"", "(not set)"}


def _string_test(content: dict[str, Any]) -> Callable[[str], bool]:
    wanted: str = content.get("value", "")
    cased: bool = content.get("caseSensitive", False)
    kind = content.get("matchType", "EXACT")
    if kind in {"FULL_REGEXP", "PARTIAL_REGEXP"}:
        pattern = _pattern(wanted, cased=cased)
        if kind == "FULL_REGEXP":
            return lambda value: pattern.fullmatch(value) is not None
        return lambda value: pattern.search(value) is not None
    folded = wanted if cased else wanted.casefold()

    def test(value: str) -> bool:
        value = value if cased else value.casefold()
        match kind:
            case "BEGINS_WITH":
                return value.startswith(folded)
            case "ENDS_WITH":
                return value.endswith(folded)
            case "CONTAINS":
                return folded in value
            case _:
                return value == folded

    return test


def _pattern(text: str, *, cased: bool) -> re.Pattern[str]:
    try:
        if len(text) <= _LONGEST_PATTERN:
            return re.compile(text, 0 if cased else re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, Warning):
        pass
    raise invalid(f"The regular expression {text[:100]!r} is invalid.")


def _list_test(content: dict[str, Any]) -> Callable[[str], bool]:
    values = content.get("values", [])
    if not values:
        raise invalid("An inListFilter must have at least one value.")
    if content.get("caseSensitive", False):
        exact = frozenset(values)
        return lambda value: value in exact
    folded = frozenset(value.casefold() for value in values)
    return lambda value: value.casefold() in folded


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _numeric_value(content: dict[str, Any]) -> float:
    if "int64Value" in content:
        return float(content["int64Value"])
    if "doubleValue" in content:
        return float(content["doubleValue"])
    raise invalid("A NumericValue must have an int64Value or a doubleValue.")


def _numeric_test(content: dict[str, Any]) -> Callable[[str], bool]:
    wanted = _numeric_value(content.get("value", {}))
    operation = content.get("operation", "OPERATION_UNSPECIFIED")
    if operation == "OPERATION_UNSPECIFIED":
        raise invalid("A numericFilter must have an operation.")

    def test(value: str) -> bool:
        number = _number(value)
        if number is None:
            return False
        match operation:
            case "EQUAL":
                return number == wanted
            case "LESS_THAN":
                return number < wanted
            case "LESS_THAN_OR_EQUAL":
                return number <= wanted
            case "GREATER_THAN":
                return number > wanted
            case _:
                return number >= wanted

    return test


def _between_test(content: dict[str, Any]) -> Callable[[str], bool]:
    low = _numeric_value(content.get("fromValue", {}))
    high = _numeric_value(content.get("toValue", {}))

    def test(value: str) -> bool:
        number = _number(value)
        return number is not None and low <= number <= high

    return test
