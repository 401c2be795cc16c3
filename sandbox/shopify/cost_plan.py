"""What an operation costs, as an expression over its variables and its answer."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from graphql import ValueNode, value_from_ast_untyped

LARGEST_PAGE: Final = 250
SMALLEST_PAGE: Final = 2
CONNECTION_COST: Final = 2
MUTATION_COST: Final = 10

DEARER_MUTATIONS: Final[Mapping[str, int]] = MappingProxyType({"productCreateMedia": 20})

_TenthsAtPath = tuple[int, tuple[str, ...]]
_PRODUCT_INPUT: Final[tuple[_TenthsAtPath, ...]] = (
    (4, ("product", "metafields")),
    (4, ("input", "metafields")),
    (19, ("media",)),
)
_BULK_INPUT: Final[tuple[_TenthsAtPath, ...]] = (
    (2, ("variants",)),
    (6, ("variants", "mediaId")),
    (6, ("variants", "mediaSrc")),
    (4, ("variants", "metafields")),
    (19, ("media",)),
)
INPUT_TENTHS: Final[Mapping[str, tuple[_TenthsAtPath, ...]]] = MappingProxyType(
    {
        "productCreate": _PRODUCT_INPUT,
        "productUpdate": _PRODUCT_INPUT,
        "productSet": (
            (2, ("input", "variants")),
            (6, ("input", "variants", "file")),
            (4, ("input", "variants", "metafields")),
            (4, ("input", "metafields")),
            (19, ("input", "files")),
        ),
        "productVariantsBulkCreate": _BULK_INPUT,
        "productVariantsBulkUpdate": _BULK_INPUT,
    }
)
"""Tenths of a point for each value that a mutation finds at a path of its arguments."""

Variables = Mapping[str, object]
Guard = tuple[tuple[str, bool], ...]
"""Variables and the values they must have; empty is always met."""

ALWAYS: Final[tuple[Guard, ...]] = ((),)


@dataclass(frozen=True, slots=True)
class CostPlan:
    """The costs of one operation."""

    mutations: "tuple[MutationCost, ...]"
    root: "ChildrenCost"
    defaults: Variables

    def requested(self, variables: Variables) -> int:
        """Return the points that the operation needs; at least 1."""
        known = {**self.defaults, **variables}
        cost = sum(each.requested(known) for each in self.mutations)
        return max(1, cost + self.root.requested(known))

    def used(self, variables: Variables, data: Mapping[str, object] | None) -> int:
        """Return the points that the operation used; between 1 and the requested."""
        known = {**self.defaults, **variables}
        answer = data or {}
        cost = sum(each.used(known, answer.get(each.key)) for each in self.mutations)
        return max(1, min(cost + self.root.used(known, answer), self.requested(known)))


@dataclass(frozen=True, slots=True)
class FieldCost:
    """A field that is no connection: an object, a list of objects, or a leaf without children.

    Attributes:
        guards: the field is there if any of them is met.
        own: points of the field itself.
        own_used: the same in an answer, where `__typename` of any object but the root was recorded
            at one point.
    """

    key: str
    guards: tuple[Guard, ...]
    own: int
    own_used: int
    children: "ChildrenCost"

    def requested(self, variables: Variables) -> int:
        """Return the points that the field needs."""
        return self.own + self.children.requested(variables)

    def used(self, variables: Variables, value: object) -> int:
        """Count each field of a list's objects once, at its dearest; an absent object is one."""
        dearest: dict[str, int] = {}
        for item in value if isinstance(value, list) else [value]:
            for key, cost in self.children.used_by_key(variables, item).items():
                dearest[key] = max(dearest.get(key, 0), cost)
        return self.own_used + sum(dearest.values())


@dataclass(frozen=True, slots=True)
class ItemsCost:
    """One way to a connection's items: `nodes`, or `node` in `edges`."""

    guards: tuple[Guard, ...]
    list_key: str
    node_key: str | None
    children: "ChildrenCost"

    def found(self, connection: Mapping[str, object]) -> Sequence[object]:
        """Return the items of a page in an answer."""
        listed = connection.get(self.list_key)
        items = listed if isinstance(listed, list) else []
        if self.node_key is None:
            return items
        return [edge.get(self.node_key) for edge in items if isinstance(edge, Mapping)]


@dataclass(frozen=True, slots=True)
class ConnectionCost:
    """A page of items.

    Attributes:
        sizes: what `first` and `last` were given: a number or the name of a variable.
        page_info: response keys under which the page's information is asked for.
    """

    key: str
    guards: tuple[Guard, ...]
    sizes: tuple[int | str, ...]
    items: tuple[ItemsCost, ...]
    page_info: tuple[str, ...]

    def size(self, variables: Variables) -> int:
        """Return the page size; the largest where none is given, which the platform refuses."""
        for given in self.sizes:
            size = variables.get(given) if isinstance(given, str) else given
            if isinstance(size, int | float):
                return max(1, min(int(size), LARGEST_PAGE))
        return LARGEST_PAGE

    def requested(self, variables: Variables) -> int:
        """Return the points that the page needs."""
        objects = sum(
            1 + items.children.requested(variables)
            for items in self.items
            if is_met(items.guards, variables)
        )
        return CONNECTION_COST + _growth(self.size(variables)) * objects

    def used(self, variables: Variables, value: object) -> int:
        """Return the share of the page's cost that the returned objects make up, rounded up.

        The page's information counts as one of the objects if there are any. Without any, `edges`
        costs nothing, and `nodes` what empty objects would.
        """
        if not isinstance(value, Mapping):
            return 1
        size = self.size(variables)
        growth = _growth(size)
        cost = CONNECTION_COST
        objects = 0
        for items in self.items:
            if not is_met(items.guards, variables):
                continue
            found = items.found(value)
            objects += sum(1 + items.children.used(variables, item) for item in found)
            if not found and items.node_key is None:
                cost += growth
        if objects:
            objects += sum(value.get(key) is not None for key in self.page_info)
        # The product is negated twice, because integer division rounds down.
        cost += -(-growth * objects // size)
        return min(cost, self.requested(variables))


@dataclass(frozen=True, slots=True)
class MutationCost:
    """One root field of a mutation; its payload's fields have no cost of their own."""

    key: str
    name: str
    guards: tuple[Guard, ...]
    arguments: Mapping[str, ValueNode]
    payload: "ChildrenCost"

    def own(self, variables: Variables) -> int:
        """Return the points of the mutation itself, by the size of its input."""
        tenths = sum(
            each * _count(self.arguments.get(path[0]), path[1:], variables)
            for each, path in INPUT_TENTHS.get(self.name, ())
        )
        return DEARER_MUTATIONS.get(self.name, MUTATION_COST) + (tenths + 5) // 10

    def requested(self, variables: Variables) -> int:
        """Return the points that the mutation needs."""
        if not is_met(self.guards, variables):
            return 0
        return self.own(variables) + self.payload.requested(variables)

    def used(self, variables: Variables, value: object) -> int:
        """Return the points; no recording gives any back of a mutation that costs more than 10."""
        requested = self.requested(variables)
        if requested == 0 or self.own(variables) > MUTATION_COST:
            return requested
        return MUTATION_COST + self.payload.used(variables, value)


@dataclass(frozen=True, slots=True)
class SelectionCost:
    """What is selected of one type, or of several types for which it is the same."""

    types: frozenset[str]
    fields: tuple[FieldCost | ConnectionCost, ...]

    def present(self, variables: Variables) -> list[FieldCost | ConnectionCost]:
        """Return the fields that are there under these variables."""
        return [each for each in self.fields if is_met(each.guards, variables)]

    def requested(self, variables: Variables) -> int:
        """Return the points that the fields need."""
        return sum(each.requested(variables) for each in self.present(variables))


@dataclass(frozen=True, slots=True)
class ChildrenCost:
    """What is selected of a value, one selection for each kind of type that it can have."""

    selections: tuple[SelectionCost, ...] = ()

    def requested(self, variables: Variables) -> int:
        """Return the points of the dearest type."""
        return max((each.requested(variables) for each in self.selections), default=0)

    def used(self, variables: Variables, value: object) -> int:
        """Return the points that the fields of an answer used."""
        return sum(self.used_by_key(variables, value).values())

    def used_by_key(self, variables: Variables, value: object) -> dict[str, int]:
        """Return the points by response key, of the dearest type that the value can have."""
        if not isinstance(value, Mapping):
            return {}
        selections = self.selections
        if len(selections) > 1:
            type_name = value.get("__typename")
            selections = tuple(
                each
                for each in selections
                if (type_name is None or type_name in each.types)
                and {field.key for field in each.present(variables)} == value.keys()
            )
        return max(
            (
                {
                    field.key: field.used(variables, value.get(field.key))
                    for field in each.present(variables)
                }
                for each in selections
            ),
            key=lambda points: sum(points.values()),
            default={},
        )


def is_met(guards: tuple[Guard, ...], variables: Variables) -> bool:
    """Tell whether one of these conditions is met."""
    return guards is ALWAYS or any(
        all(variables.get(name) is wanted for name, wanted in each) for each in guards
    )


def _growth(size: int) -> int:
    return math.floor(2 * math.log(max(SMALLEST_PAGE, size)))


def _count(node: ValueNode | None, path: tuple[str, ...], variables: Variables) -> int:
    """Return how many values an argument has at a path, through all lists on the way."""
    values = [] if node is None else _flat([value_from_ast_untyped(node, dict(variables))])
    for name in path:
        values = _flat([value.get(name) for value in values if isinstance(value, Mapping)])
    return len(values)


def _flat(values: Iterable[object]) -> list[object]:
    flat: list[object] = []
    for value in values:
        flat.extend(value if isinstance(value, list) else [value])
    return [value for value in flat if value is not None]
