"""Reading the costs of an operation off its document, once for all variables."""

from collections.abc import Iterable, Mapping
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

from sandbox.shopify.cost_plan import (
    ALWAYS,
    ChildrenCost,
    ConnectionCost,
    CostPlan,
    FieldCost,
    Guard,
    ItemsCost,
    MutationCost,
    SelectionCost,
)

LIMITED_COUNT_COST: Final = 10

FREE_TYPES: Final = frozenset(
    {"MoneyV2", "MoneyBag", "PageInfo", "Weight", "InventoryItemMeasurement"}
)

_CONDITIONS: Final = MappingProxyType({"include": True, "skip": False})
_META_FIELDS: Final[Mapping[str, GraphQLField]] = MappingProxyType(
    {"__typename": TypeNameMetaFieldDef, "__type": TypeMetaFieldDef, "__schema": SchemaMetaFieldDef}
)

_Guarded = tuple[Guard, FieldNode]
_Selected = tuple[Guard, SelectionSetNode | None]


class Analysis:
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
        """Return the costs of the operation.

        Raises:
            ValueError: the schema has no operations of its kind.
        """
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
        return CostPlan(mutations, ChildrenCost(), defaults)

    def _mutation(self, root: GraphQLObjectType, key: str, nodes: list[_Guarded]) -> MutationCost:
        node = nodes[0][1]
        payload_type = get_named_type(root.fields[node.name.value].type)
        return MutationCost(
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
    ) -> ChildrenCost:
        """Analyse a selection once for each set of possible types that it treats alike."""
        possible = (
            self._schema.get_possible_types(named_type)
            if is_abstract_type(named_type)
            else [named_type]
        )
        alike: dict[object, tuple[list[str], SelectionCost]] = {}
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
                alike[signature] = ([], SelectionCost(frozenset(), fields))
            alike[signature][0].append(each.name)
        return ChildrenCost(
            tuple(
                SelectionCost(frozenset(names), selection.fields)
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
    ) -> FieldCost | ConnectionCost:
        definition = self._definition(parent, nodes)
        named_type = get_named_type(definition.type)
        guards = _guards(nodes)
        if is_leaf_type(named_type) or named_type.name in FREE_TYPES:
            own_used = int(definition is TypeNameMetaFieldDef and not at_root)
            return FieldCost(key, guards, 0, own_used, ChildrenCost())
        if named_type.name.endswith("Connection"):
            return self._connection(named_type, key, nodes)
        own = LIMITED_COUNT_COST if _is_limited_count(named_type, definition) else 1
        if in_payload:
            own = 0
        return FieldCost(key, guards, own, own, self._children(named_type, _selected(nodes)))

    def _connection(
        self, connection_type: GraphQLNamedType, key: str, nodes: list[_Guarded]
    ) -> ConnectionCost:
        items: list[ItemsCost] = []
        page_info: list[str] = []
        for list_key, inner in self._collect(connection_type, _selected(nodes)).items():
            name = inner[0][1].name.value
            if name == "pageInfo":
                page_info.append(list_key)
            elif name == "nodes":
                children = self._children(self._type(connection_type, inner), _selected(inner))
                items.append(ItemsCost(_guards(inner), list_key, None, children))
            elif name == "edges":
                edge_type = self._type(connection_type, inner)
                selected = [(guard, node.selection_set) for guard, node in inner]
                for node_key, innermost in self._collect(edge_type, selected).items():
                    if innermost[0][1].name.value == "node":
                        node_type = self._type(edge_type, innermost)
                        children = self._children(node_type, _selected(innermost))
                        items.append(ItemsCost(_guards(innermost), list_key, node_key, children))
        arguments = {each.name.value: each.value for each in nodes[0][1].arguments or ()}
        given = [_given(arguments[name]) for name in ("first", "last") if name in arguments]
        sizes = tuple(each for each in given if each is not None)
        return ConnectionCost(key, _guards(nodes), sizes, tuple(items), tuple(page_info))

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


def _guard(node: SelectionNode) -> Guard | None:
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


def _guards(nodes: Iterable[_Guarded]) -> tuple[Guard, ...]:
    guards = tuple(guard for guard, _ in nodes)
    return ALWAYS if () in guards else guards


def _selected(nodes: list[_Guarded]) -> list[_Selected]:
    """Return the nodes' selections, guarded only where the field's own guards do not suffice."""
    alone = len(nodes) == 1
    return [(() if alone else guard, node.selection_set) for guard, node in nodes]


def _given(node: ValueNode) -> int | str | None:
    if isinstance(node, VariableNode):
        return node.name.value
    value = value_from_ast_untyped(node)
    return value if isinstance(value, int) else None
