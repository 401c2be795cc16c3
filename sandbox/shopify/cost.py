"""What a request costs in points: by its text before it runs, and by its answer afterwards.

The rules are the platform's published ones (shopify.dev: GraphQL Admin API rate limits, and the
changelog of October 2025 on dynamic complexity) and what recorded requests show beyond them:

- A leaf costs 0, an object or a list of objects 1 and its children, an interface or a union what
  its dearest possible type costs, `MoneyV2` and a few other plain values nothing.
- A connection costs 2, and floor(2 ln(page size)) times the objects that one item asks for, where
  `nodes` and `edges.node` are items of their own and the page size lies between 2 and 250.
- A count that takes a limit costs 10, because it searches; any other count is an object.
- A mutation costs 10, more if its input is large, and the children of its payload's objects; these
  objects themselves are free. No query costs less than 1.
- The list of `nodes(ids:)` costs once, however many ids it is given.

A document is analysed once for a schema; its cost under given variables is then a sum.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    value_from_ast_untyped,
)

LARGEST_PAGE: Final = 250
SMALLEST_PAGE: Final = 2
CONNECTION_COST: Final = 2
MUTATION_COST: Final = 10
LIMITED_COUNT_COST: Final = 10

FREE_TYPES: Final = frozenset(
    {"MoneyV2", "MoneyBag", "PageInfo", "Weight", "InventoryItemMeasurement"}
)

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

_CONDITIONS: Final = MappingProxyType({"include": True, "skip": False})
_META_FIELDS: Final[Mapping[str, GraphQLField]] = MappingProxyType(
    {"__typename": TypeNameMetaFieldDef, "__type": TypeMetaFieldDef, "__schema": SchemaMetaFieldDef}
)

Variables = Mapping[str, object]
_Guard = tuple[tuple[str, bool], ...]
"""Variables and the values they must have; empty is always met."""

_ALWAYS: Final[tuple[_Guard, ...]] = ((),)


def requested_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Variables,
    operation_name: str | None,
) -> int:
    """Return the points that a request must find in the allowance to be admitted.

    Args:
        schema: any schema that the document is valid for.
        document: a valid document.
        variables: as sent; defaults are taken from the document.
        operation_name: may be None where the document has one operation.

    Raises:
        ValueError: the document has no such operation, or several and none is named.
    """
    return analyse(schema, document, operation_name).requested(variables)


def actual_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Variables,
    operation_name: str | None,
    data: Mapping[str, object] | None,
) -> int:
    """Return the points that a request used: never more than requested.

    Args:
        schema: any schema that the document is valid for.
        document: a valid document.
        variables: as sent.
        operation_name: may be None where the document has one operation.
        data: the answer's `data`; None if nothing could be answered.

    Raises:
        ValueError: the document has no such operation, or several and none is named.
    """
    return analyse(schema, document, operation_name).used(variables, data)


@lru_cache(maxsize=512)
def analyse(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None
) -> "CostPlan":
    """Return the costs of an operation as an expression over its variables and its answer.

    Raises:
        ValueError: the document has no such operation, or several and none is named.
    """
    return _Analysis(schema, document, operation_name).plan()


@dataclass(frozen=True, slots=True)
class CostPlan:
    """The costs of one operation."""

    mutations: "tuple[_Mutation, ...]"
    root: "_Children"
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
class _Field:
    """A field that is no connection: an object, a list of objects, or a leaf without children.

    Attributes:
        guards: the field is there if any of them is met.
        own: points of the field itself.
        own_used: the same in an answer, where `__typename` of any object but the root was recorded
            at one point.
    """

    key: str
    guards: tuple[_Guard, ...]
    own: int
    own_used: int
    children: "_Children"

    def requested(self, variables: Variables) -> int:
        return self.own + self.children.requested(variables)

    def used(self, variables: Variables, value: object) -> int:
        """Count each field of a list's objects once, at its dearest; an absent object is one."""
        dearest: dict[str, int] = {}
        for item in value if isinstance(value, list) else [value]:
            for key, cost in self.children.used_by_key(variables, item).items():
                dearest[key] = max(dearest.get(key, 0), cost)
        return self.own_used + sum(dearest.values())


@dataclass(frozen=True, slots=True)
class _Items:
    """One way to a connection's items: `nodes`, or `node` in `edges`."""

    guards: tuple[_Guard, ...]
    list_key: str
    node_key: str | None
    children: "_Children"

    def found(self, connection: Mapping[str, object]) -> Sequence[object]:
        listed = connection.get(self.list_key)
        items = listed if isinstance(listed, list) else []
        if self.node_key is None:
            return items
        return [edge.get(self.node_key) for edge in items if isinstance(edge, Mapping)]


@dataclass(frozen=True, slots=True)
class _Connection:
    """A page of items.

    Attributes:
        sizes: what `first` and `last` were given: a number or the name of a variable.
        page_info: response keys under which the page's information is asked for.
    """

    key: str
    guards: tuple[_Guard, ...]
    sizes: tuple[int | str, ...]
    items: tuple[_Items, ...]
    page_info: tuple[str, ...]

    def size(self, variables: Variables) -> int:
        """Return the page size; the largest where none is given, which the platform refuses."""
        for given in self.sizes:
            size = variables.get(given) if isinstance(given, str) else given
            if isinstance(size, int | float):
                return max(1, min(int(size), LARGEST_PAGE))
        return LARGEST_PAGE

    def requested(self, variables: Variables) -> int:
        objects = sum(
            1 + items.children.requested(variables)
            for items in self.items
            if _is_met(items.guards, variables)
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
            if not _is_met(items.guards, variables):
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
class _Mutation:
    """One root field of a mutation; its payload's fields have no cost of their own."""

    key: str
    name: str
    guards: tuple[_Guard, ...]
    arguments: Mapping[str, ValueNode]
    payload: "_Children"

    def own(self, variables: Variables) -> int:
        tenths = sum(
            each * _count(self.arguments.get(path[0]), path[1:], variables)
            for each, path in INPUT_TENTHS.get(self.name, ())
        )
        return DEARER_MUTATIONS.get(self.name, MUTATION_COST) + (tenths + 5) // 10

    def requested(self, variables: Variables) -> int:
        if not _is_met(self.guards, variables):
            return 0
        return self.own(variables) + self.payload.requested(variables)

    def used(self, variables: Variables, value: object) -> int:
        """Return the points; no recording gives any back of a mutation that costs more than 10."""
        requested = self.requested(variables)
        if requested == 0 or self.own(variables) > MUTATION_COST:
            return requested
        return MUTATION_COST + self.payload.used(variables, value)


@dataclass(frozen=True, slots=True)
class _Selection:
    """What is selected of one type, or of several types for which it is the same."""

    types: frozenset[str]
    fields: tuple[_Field | _Connection, ...]

    def present(self, variables: Variables) -> list[_Field | _Connection]:
        return [each for each in self.fields if _is_met(each.guards, variables)]

    def requested(self, variables: Variables) -> int:
        return sum(each.requested(variables) for each in self.present(variables))


@dataclass(frozen=True, slots=True)
class _Children:
    """What is selected of a value, one selection for each kind of type that it can have."""

    selections: tuple[_Selection, ...] = ()

    def requested(self, variables: Variables) -> int:
        return max((each.requested(variables) for each in self.selections), default=0)

    def used(self, variables: Variables, value: object) -> int:
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


def _is_met(guards: tuple[_Guard, ...], variables: Variables) -> bool:
    return guards is _ALWAYS or any(
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


_Guarded = tuple[_Guard, FieldNode]
_Selected = tuple[_Guard, SelectionSetNode | None]


class _Analysis:
    """Turns one operation into a cost plan."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None
    ) -> None:
        operations = [
            each
            for each in document.definitions
            if isinstance(each, OperationDefinitionNode)
            and operation_name in {None, each.name.value if each.name else None}
        ]
        if len(operations) != 1:
            raise ValueError(
                f"The document has {len(operations)} operations named {operation_name}; "
                "name exactly one of its operations."
            )
        self._schema = schema
        self._operation = operations[0]
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def plan(self) -> CostPlan:
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise ValueError(f"The schema has no {self._operation.operation.value} operations.")
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in self._operation.variable_definitions or ()
            if each.default_value is not None
        }
        selected: list[_Selected] = [((), self._operation.selection_set)]
        if self._operation.operation is not OperationType.MUTATION:
            return CostPlan((), self._children(root, selected, at_root=True), defaults)
        mutations = tuple(
            self._mutation(root, key, nodes)
            for key, nodes in self._collect(root, selected).items()
            if nodes[0][1].name.value in root.fields
        )
        return CostPlan(mutations, _Children(), defaults)

    def _mutation(self, root: GraphQLObjectType, key: str, nodes: list[_Guarded]) -> _Mutation:
        node = nodes[0][1]
        payload_type = get_named_type(root.fields[node.name.value].type)
        return _Mutation(
            key=key,
            name=node.name.value,
            guards=_guards(nodes),
            arguments={each.name.value: each.value for each in node.arguments or ()},
            payload=self._children(payload_type, _selected(nodes), in_payload=True),
        )

    def _children(
        self,
        named_type: GraphQLNamedType,
        selected: list[_Selected],
        *,
        at_root: bool = False,
        in_payload: bool = False,
    ) -> _Children:
        """Analyse a selection once for each set of possible types that it treats alike."""
        possible = (
            self._schema.get_possible_types(named_type)
            if is_abstract_type(named_type)
            else [named_type]
        )
        alike: dict[object, tuple[list[str], _Selection]] = {}
        for each in possible:
            collected = self._collect(each, selected)
            signature = tuple(
                (key, _guards(nodes), id(nodes[0][1]), len(nodes), str(self._type(each, nodes)))
                for key, nodes in collected.items()
            )
            if signature not in alike:
                fields = tuple(
                    self._field(each, key, nodes, at_root=at_root, in_payload=in_payload)
                    for key, nodes in collected.items()
                )
                alike[signature] = ([], _Selection(frozenset(), fields))
            alike[signature][0].append(each.name)
        return _Children(
            tuple(
                _Selection(frozenset(names), selection.fields)
                for names, selection in alike.values()
            )
        )

    def _field(
        self,
        parent: GraphQLNamedType,
        key: str,
        nodes: list[_Guarded],
        *,
        at_root: bool,
        in_payload: bool,
    ) -> _Field | _Connection:
        definition = self._definition(parent, nodes)
        named_type = get_named_type(definition.type)
        guards = _guards(nodes)
        if is_leaf_type(named_type) or named_type.name in FREE_TYPES:
            own_used = int(definition is TypeNameMetaFieldDef and not at_root)
            return _Field(key, guards, 0, own_used, _Children())
        if named_type.name.endswith("Connection"):
            return self._connection(named_type, key, nodes)
        own = LIMITED_COUNT_COST if _is_limited_count(named_type, definition) else 1
        if in_payload:
            own = 0
        return _Field(key, guards, own, own, self._children(named_type, _selected(nodes)))

    def _connection(
        self, connection_type: GraphQLNamedType, key: str, nodes: list[_Guarded]
    ) -> _Connection:
        items: list[_Items] = []
        page_info: list[str] = []
        for list_key, inner in self._collect(connection_type, _selected(nodes)).items():
            name = inner[0][1].name.value
            if name == "pageInfo":
                page_info.append(list_key)
            elif name == "nodes":
                children = self._children(self._type(connection_type, inner), _selected(inner))
                items.append(_Items(_guards(inner), list_key, None, children))
            elif name == "edges":
                edge_type = self._type(connection_type, inner)
                selected = [(guard, node.selection_set) for guard, node in inner]
                for node_key, innermost in self._collect(edge_type, selected).items():
                    if innermost[0][1].name.value == "node":
                        node_type = self._type(edge_type, innermost)
                        children = self._children(node_type, _selected(innermost))
                        items.append(_Items(_guards(innermost), list_key, node_key, children))
        arguments = {each.name.value: each.value for each in nodes[0][1].arguments or ()}
        given = [_given(arguments[name]) for name in ("first", "last") if name in arguments]
        sizes = tuple(each for each in given if each is not None)
        return _Connection(key, _guards(nodes), sizes, tuple(items), tuple(page_info))

    def _collect(
        self, parent: GraphQLNamedType, selected: Iterable[_Selected]
    ) -> dict[str, list[_Guarded]]:
        """Return the field nodes that apply to an object type, by response key."""
        collected: dict[str, list[_Guarded]] = {}
        for outer, selection_set in selected:
            for node in selection_set.selections if selection_set else ():
                own = _guard(node)
                if own is None:
                    continue
                guard = outer + own
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    collected.setdefault(key, []).append((guard, node))
                    continue
                fragment = self._fragment(node)
                if self._applies(fragment, parent):
                    nested = self._collect(parent, [(guard, fragment.selection_set)])
                    for key, nodes in nested.items():
                        collected.setdefault(key, []).extend(nodes)
        return collected

    def _fragment(self, node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(node, FragmentSpreadNode):
            return self._fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)  # noqa: S101 - the only kind left
        return node

    def _applies(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType
    ) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == parent.name:
            return True
        wanted = self._schema.get_type(condition.name.value)
        return (
            is_abstract_type(wanted)
            and isinstance(parent, GraphQLObjectType)
            and self._schema.is_sub_type(wanted, parent)
        )

    def _type(self, parent: GraphQLNamedType, nodes: list[_Guarded]) -> GraphQLNamedType:
        return get_named_type(self._definition(parent, nodes).type)

    def _definition(self, parent: GraphQLNamedType, nodes: list[_Guarded]) -> GraphQLField:
        name = nodes[0][1].name.value
        if name in _META_FIELDS:
            return _META_FIELDS[name]
        assert isinstance(parent, GraphQLObjectType)  # noqa: S101 - only these are collected
        definition: GraphQLField = parent.fields[name]
        return definition


def _is_limited_count(named_type: GraphQLNamedType, definition: GraphQLField) -> bool:
    return named_type.name == "Count" and "limit" in definition.args


def _guard(node: SelectionNode) -> _Guard | None:
    """Return what a node's @skip and @include ask of variables; None if they exclude it."""
    guard: list[tuple[str, bool]] = []
    for directive in node.directives or ():
        if directive.name.value not in _CONDITIONS or not directive.arguments:
            continue
        wanted = _CONDITIONS[directive.name.value]
        condition = directive.arguments[0].value
        if isinstance(condition, VariableNode):
            guard.append((condition.name.value, wanted))
        elif value_from_ast_untyped(condition) is not wanted:
            return None
    return tuple(guard)


def _guards(nodes: Iterable[_Guarded]) -> tuple[_Guard, ...]:
    guards = tuple(guard for guard, _ in nodes)
    return _ALWAYS if () in guards else guards


def _selected(nodes: list[_Guarded]) -> list[_Selected]:
    """Return the nodes' selections, guarded only where the field's own guards do not suffice."""
    alone = len(nodes) == 1
    return [(() if alone else guard, node.selection_set) for guard, node in nodes]


def _given(node: ValueNode) -> int | str | None:
    if isinstance(node, VariableNode):
        return node.name.value
    value = value_from_ast_untyped(node)
    return value if isinstance(value, int) else None
