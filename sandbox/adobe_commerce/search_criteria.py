"""Search criteria in a query string: filter groups, sort orders and pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.adobe_commerce.attributes import integer
from sandbox.adobe_commerce.problems import ApiError, required

MAXIMUM_PAGE_SIZE = 300
"""The largest page that the edition as a service gives."""

_KEY = re.compile(r"^search_?criteria((?:\[[^\[\]]*\])*)$", re.IGNORECASE)
_PART = re.compile(r"\[([^\[\]]*)\]")
_CONDITIONS = frozenset(
    (
        "eq", "neq", "like", "nlike", "in", "nin", "gt", "gteq", "moreq", "lt", "lteq",
        "from", "to", "null", "notnull", "finset", "nfinset",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one field."""

    field: str
    value: str
    condition: str = "eq"


@dataclass(frozen=True, slots=True)
class Order:
    """One field to sort by."""

    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a search asks for: every group must hold, and of a group any filter.

    Attributes:
        page_size: None for everything on one page.
        current_page: counted from 1.
    """

    groups: tuple[tuple[Filter, ...], ...] = ()
    orders: tuple[Order, ...] = ()
    page_size: int | None = None
    current_page: int | None = None

    def only(self, field: str) -> list[str] | None:
        """Return the values that a field must have one of, or None where they are not that few."""
        for group in self.groups:
            if len(group) == 1 and group[0].field == field and group[0].condition in ("eq", "in"):
                value = group[0].value
                return value.split(",") if group[0].condition == "in" else [value]
        return None

    def document(self) -> dict[str, Any]:
        """Return the criteria as the answer to a search repeats them."""
        content: dict[str, Any] = {
            "filter_groups": [
                {
                    "filters": [
                        {
                            "field": item.field,
                            "value": item.value,
                            "condition_type": item.condition,
                        }
                        for item in group
                    ]
                }
                for group in self.groups
            ]
        }
        if self.orders:
            content["sort_orders"] = [
                {"field": order.field, "direction": "DESC" if order.descending else "ASC"}
                for order in self.orders
            ]
        if self.page_size is not None:
            content["page_size"] = self.page_size
        if self.current_page is not None:
            content["current_page"] = self.current_page
        return content


def parse_criteria(query: Sequence[tuple[str, str]], maximum_page_size: int | None) -> Criteria:
    """Read the criteria of a query string, in camel case or with underscores.

    Raises:
        ApiError: there are none, or they cannot be used.
    """
    tree: dict[str, Any] = {}
    found = False
    for name, value in query:
        match = _KEY.match(name)
        if match is None:
            continue
        found = True
        parts = [_snake(part) for part in _PART.findall(match.group(1))]
        if parts:
            _place(tree, parts, value)
    if not found:
        raise required("searchCriteria")
    size = _number(tree, "page_size")
    if maximum_page_size is not None and size is not None and size > maximum_page_size:
        raise ApiError(400, "Maximum SearchCriteria pageSize is %max", {"max": maximum_page_size})
    return Criteria(
        groups=tuple(
            tuple(_filter(item) for item in _branches(group.get("filters")))
            for group in _branches(tree.get("filter_groups"))
        ),
        orders=tuple(_order(item) for item in _branches(tree.get("sort_orders"))),
        page_size=size or None,
        current_page=_number(tree, "current_page"),
    )


def _snake(part: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda match: f"_{match.group(1)}", part).lower()


def _place(tree: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        branch = tree.get(part)
        if not isinstance(branch, dict):
            branch = tree[part] = {}
        tree = branch
    tree[parts[-1]] = value


def _branches(branch: object) -> list[dict[str, Any]]:
    if not isinstance(branch, dict):
        return []
    return [branch[key] for key in sorted(branch, key=_index) if isinstance(branch[key], dict)]


def _index(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdecimal() else (1 << 30, key)


def _filter(item: dict[str, Any]) -> Filter:
    field = item.get("field")
    if not isinstance(field, str) or not field:
        raise required("field")
    condition = item.get("condition_type") or "eq"
    if not isinstance(condition, str) or condition.lower() not in _CONDITIONS:
        raise ApiError(400, 'The "%1" condition type is invalid.', [str(condition)])
    value = item.get("value", "")
    return Filter(field, value if isinstance(value, str) else "", condition.lower())


def _order(item: dict[str, Any]) -> Order:
    field = item.get("field")
    if not isinstance(field, str) or not field:
        raise required("field")
    direction = str(item.get("direction") or "ASC").upper()
    if direction not in ("ASC", "DESC"):
        raise ApiError(400, "Sort order has to be set as ASC or DESC.")
    return Order(field, direction == "DESC")


def _number(tree: dict[str, Any], name: str) -> int | None:
    value = tree.get(name)
    if value is None or value == "":
        return None
    return max(0, integer(name, value))
