"""The filters of a query: how one parameter chooses among documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
Test = Callable[[Any, Any], bool]


def integer(text: str) -> int:
    """Return a whole number of a query.

    Raises:
        ValueError: the text is none, or no identifier could be that long.
    """
    if len(text) > 18:  # noqa: PLR2004 - no identifier is longer
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")


def _number(text: str) -> float:
    found = float(text)
    if not abs(found) < float("inf"):
        raise ValueError(text)
    return found


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _word(text: str) -> str:
    return text.casefold()


@dataclass(frozen=True, slots=True)
class Filter:
    """How one parameter chooses among documents.

    Attributes:
        value: what of a document it looks at.
        parse: reads the parameter; ValueError where it cannot be read.
        test: compares the document's value with the parameter's.
        several: whether the parameter is a list with commas.
    """

    value: Callable[[Document], Any]
    parse: Callable[[str], Any]
    test: Test
    several: bool = False

    def chooser(self, text: str) -> Callable[[Document], bool]:
        """Return the test of one parameter's text.

        Raises:
            ValueError: the text cannot be read.
        """
        wanted: Any = (
            {self.parse(item.strip()) for item in text.split(",") if item.strip()}
            if self.several
            else self.parse(text)
        )
        return lambda document: self.test(self.value(document), wanted)


_BOUNDS: Mapping[str, Test] = {
    "min": lambda value, bound: value >= bound,
    "max": lambda value, bound: value <= bound,
    "greater": lambda value, bound: value > bound,
    "less": lambda value, bound: value < bound,
}


def equal(field: str, parse: Callable[[str], Any]) -> dict[str, Filter]:
    """Return the filter for one exact value of a field."""
    return {field: Filter(_of(field, parse), parse, lambda value, wanted: bool(value == wanted))}


def numbers(field: str, *comparisons: str) -> dict[str, Filter]:
    """Return the filters for an integer field: its value and the comparisons named."""
    found = equal(field, integer)
    for comparison in comparisons:
        found[f"{field}:{comparison}"] = (
            Filter(_of(field, None), integer, _BOUNDS[comparison])
            if comparison in _BOUNDS
            else _members(field, integer, inside=comparison == "in")
        )
    return found


def amounts(field: str, *comparisons: str) -> dict[str, Filter]:
    """Return the filters for a price: its value and the comparisons named."""
    found = equal(field, _number)
    for comparison in comparisons:
        found[f"{field}:{comparison}"] = Filter(_amount(field), _number, _BOUNDS[comparison])
    return found


def words(field: str, *comparisons: str) -> dict[str, Filter]:
    """Return the filters for a text field, which do not heed case: its value, and `in`."""
    found = equal(field, _word)
    for _ in comparisons:
        found[f"{field}:in"] = _members(field, _word, inside=True)
    return found


def flags(field: str) -> dict[str, Filter]:
    """Return the filter for a field that is true or false."""
    return equal(field, _flag)


def moments(field: str) -> dict[str, Filter]:
    """Return the filters for a date and time: `min` and `max`."""
    return {
        f"{field}:{bound}": Filter(
            lambda document: datetime.fromisoformat(document[field]), _moment, _BOUNDS[bound]
        )
        for bound in ("min", "max")
    }


def _of(field: str, parse: Callable[[str], Any] | None) -> Callable[[Document], Any]:
    if parse is _word:
        return lambda document: str(document.get(field) or "").casefold()
    return lambda document: document.get(field)


def _amount(field: str) -> Callable[[Document], Any]:
    return lambda document: document.get(field, float("nan"))


def _members(field: str, parse: Callable[[str], Any], *, inside: bool) -> Filter:
    return Filter(
        _of(field, parse), parse, lambda value, wanted: (value in wanted) is inside, several=True
    )
