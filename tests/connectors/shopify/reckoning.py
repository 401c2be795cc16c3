"""A second reckoning of costs: over a parsed document, from the connector's own figures."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
    visit,
)

from connectors.stores.shopify import costs

# An amount of money costs no more than a scalar.
_FREE = {"pageInfo", "userErrors", "unitCost"}


def used_fields(document: DocumentNode, schema: GraphQLSchema) -> dict[str, GraphQLField]:
    """Return every field that the document selects anywhere, by its name."""
    found: dict[str, GraphQLField] = {}
    types = TypeInfo(schema)

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            definition = types.get_field_def()
            if definition is not None:
                found[node.name.value] = definition

    visit(document, TypeInfoVisitor(types, Collector()))
    return found


class Reckoning:
    """What a document costs at most under given variables."""

    def __init__(
        self, document: DocumentNode, variables: Mapping[str, Any], schema: GraphQLSchema
    ) -> None:
        self._schema = schema
        self._variables = dict(variables)
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode):
                self._fragments[node.name.value] = node
            if isinstance(node, OperationDefinitionNode):
                self._operation = node

    @property
    def points(self) -> int:
        """The requested cost."""
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None
        if self._operation.operation is OperationType.QUERY:
            return max(1, self._children(self._operation.selection_set, root))
        return sum(
            self._mutation(field, type_)
            for field, type_ in self._fields(self._operation.selection_set, root)
        )

    def _mutation(self, field: FieldNode, payload: GraphQLNamedType) -> int:
        variants = self._argument(field, "variants") or []
        return costs.update_variant_prices(len(variants)) + sum(
            self._children(child.selection_set, type_)
            for child, type_ in self._fields(field.selection_set, payload)
            if child.name.value not in _FREE
        )

    def _children(self, selected: SelectionSetNode | None, parent: GraphQLNamedType) -> int:
        return sum(self._field(field, type_) for field, type_ in self._fields(selected, parent))

    def _field(self, field: FieldNode, type_: GraphQLNamedType) -> int:
        if is_leaf_type(type_) or field.name.value in _FREE:
            return 0
        if not type_.name.endswith("Connection"):
            return 1 + self._children(field.selection_set, type_)
        elements = sum(
            self._children(node.selection_set, node_type)
            for node, node_type in self._elements(field.selection_set, type_)
        )
        return costs.connection(self._argument(field, "first"), elements)

    def _elements(
        self, selected: SelectionSetNode | None, connection: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for child, type_ in self._fields(selected, connection):
            if child.name.value == "nodes":
                yield child, type_
            elif child.name.value == "edges":
                yield from (
                    (node, node_type)
                    for node, node_type in self._fields(child.selection_set, type_)
                    if node.name.value == "node"
                )

    def _fields(
        self, selected: SelectionSetNode | None, parent: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        """Yield the selected fields with their types, those of fragments too."""
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                if not node.name.value.startswith("__"):
                    assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
                    yield node, get_named_type(parent.fields[node.name.value].type)
                continue
            fragment = (
                node if isinstance(node, InlineFragmentNode) else self._fragments[node.name.value]  # type: ignore[attr-defined]
            )
            condition = fragment.type_condition
            inner = self._schema.type_map[condition.name.value] if condition else parent
            yield from self._fields(fragment.selection_set, inner)

    def _argument(self, field: FieldNode, name: str) -> Any:  # noqa: ANN401 - any JSON value
        for argument in field.arguments or ():
            if argument.name.value == name:
                return value_from_ast_untyped(argument.value, self._variables)
        return None
