"""The selections of a document, held against the types that they select from."""

from collections.abc import Iterator, Mapping
from typing import cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    ValueNode,
    do_types_overlap,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)

from sandbox.shopify.literals import check_arguments
from sandbox.shopify.refusals import Refusal, static_refusal
from sandbox.shopify.variable_usage import Usage, has_default_value, usages_in


class SelectionCheck:
    """Walks one operation or fragment.

    Attributes:
        refusals: the errors so far.
        usages: where it has variables.
        spread: the names of the fragments that it spreads.
    """

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self.refusals: list[Refusal] = []
        self.usages: list[Usage] = []
        self.spread: set[str] = set()

    def condition(
        self, node: FragmentDefinitionNode | InlineFragmentNode, path: list[str]
    ) -> GraphQLCompositeType | None:
        """Return the type that a fragment is on, or None where there is no such type."""
        assert node.type_condition is not None  # noqa: S101 - the callers know
        name = node.type_condition.name.value
        found = self._schema.type_map.get(name)
        if found is None:
            self._refuse(
                f"No such type {name}, so it can't be a fragment condition",
                node,
                path,
                "undefinedType",
                typeName=name,
            )
            return None
        if not is_composite_type(found):
            self._refuse(
                f"Invalid fragment on type {name} (must be Union, Interface or Object)",
                node,
                path,
                "fragmentOnNonCompositeType",
                typeName=name,
            )
            return None
        return found

    def check_selections(
        self, selections: SelectionSetNode, parent: GraphQLCompositeType, path: list[str]
    ) -> None:
        """Check every selection, with all that is below it."""
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                self._check_field(selection, parent, path)
            elif isinstance(selection, InlineFragmentNode):
                self._check_inline(selection, parent, path)
            elif isinstance(selection, FragmentSpreadNode):
                self._check_spread(selection, parent, path)

    def _definition(self, parent: GraphQLCompositeType, name: str) -> GraphQLField | None:
        if name == "__typename":
            return TypeNameMetaFieldDef
        if parent is self._schema.query_type and name == "__schema":
            return SchemaMetaFieldDef
        if parent is self._schema.query_type and name == "__type":
            return TypeMetaFieldDef
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return cast("GraphQLField | None", parent.fields.get(name))
        return None

    def _check_field(self, node: FieldNode, parent: GraphQLCompositeType, path: list[str]) -> None:
        name = node.name.value
        here = [*path, node.alias.value if node.alias else name]
        field = self._definition(parent, name)
        if field is None:
            self._refuse(
                f"Field '{name}' doesn't exist on type '{parent.name}'",
                node,
                here,
                "undefinedField",
                typeName=parent.name,
                fieldName=name,
            )
            return
        self.refusals.extend(check_arguments(node, field.args, here))
        for argument in node.arguments or ():
            wanted = field.args.get(argument.name.value)
            if wanted is not None:
                self._note_variables(
                    argument.value,
                    wanted.type,
                    argument.name.value,
                    here,
                    has_default=has_default_value(wanted),
                )
        self.check_directives(node.directives, here)
        self._check_leaf(node, field, here)

    def _check_leaf(self, node: FieldNode, field: GraphQLField, path: list[str]) -> None:
        named = get_named_type(field.type)
        name = node.name.value
        if is_leaf_type(named):
            if node.selection_set is not None:
                chosen = ", ".join(f'"{key}"' for key in _chosen(node.selection_set))
                kind = "enums" if isinstance(named, GraphQLEnumType) else "scalars"
                self._refuse(
                    f"Selections can't be made on {kind} (field '{name}' returns {named.name} but "
                    f"has selections [{chosen}])",
                    node,
                    path,
                    "selectionMismatch",
                    nodeName=f"field '{name}'",
                    typeName=named.name,
                )
            return
        if node.selection_set is None or not node.selection_set.selections:
            self._refuse(
                f"Field must have selections (field '{name}' returns {named.name} but has no "
                f"selections. Did you mean '{name} {{ ... }}'?)",
                node,
                path,
                "selectionMismatch",
                nodeName=f"field '{name}'",
                typeName=named.name,
            )
            return
        if is_composite_type(named):
            self.check_selections(node.selection_set, named, path)

    def _check_inline(
        self, node: InlineFragmentNode, parent: GraphQLCompositeType, path: list[str]
    ) -> None:
        condition: GraphQLCompositeType | None = parent
        here = [*path, "..."]
        if node.type_condition is not None:
            name = node.type_condition.name.value
            here = [*path, f"... on {name}"]
            condition = self.condition(node, here)
            if condition is not None and not do_types_overlap(self._schema, parent, condition):
                self._refuse(
                    f"Fragment on {name} can't be spread inside {parent.name}",
                    node,
                    here,
                    "cannotSpreadFragment",
                    typeName=name,
                    fragmentName="unknown",
                    parentName=parent.name,
                )
                return
        self.check_directives(node.directives, here)
        if condition is not None:
            self.check_selections(node.selection_set, condition, here)

    def _check_spread(
        self, node: FragmentSpreadNode, parent: GraphQLCompositeType, path: list[str]
    ) -> None:
        name = node.name.value
        self.spread.add(name)
        self.check_directives(node.directives, path)
        fragment = self._fragments.get(name)
        if fragment is None:
            self._refuse(
                f"Fragment {name} was used, but not defined",
                node,
                path,
                "useAndDefineFragment",
                fragmentName=name,
            )
            return
        condition = self._schema.type_map.get(fragment.type_condition.name.value)
        if is_composite_type(condition) and not do_types_overlap(self._schema, parent, condition):
            self._refuse(
                f"Fragment {name} on {condition.name} can't be spread inside {parent.name}",
                node,
                path,
                "cannotSpreadFragment",
                typeName=condition.name,
                fragmentName=name,
                parentName=parent.name,
            )

    def check_directives(
        self, directives: tuple[DirectiveNode, ...] | None, path: list[str]
    ) -> None:
        """Check the directives of a node."""
        for node in directives or ():
            name = node.name.value
            directive = self._schema.get_directive(name)
            if directive is None:
                self._refuse(
                    f"Directive @{name} is not defined",
                    node,
                    path,
                    "undefinedDirective",
                    directiveName=name,
                )
                continue
            self.refusals.extend(check_arguments(node, directive.args, path))
            for argument in node.arguments or ():
                wanted = directive.args.get(argument.name.value)
                if wanted is not None:
                    self._note_variables(
                        argument.value, wanted.type, argument.name.value, path, has_default=False
                    )

    def _note_variables(
        self,
        value: ValueNode,
        wanted: GraphQLInputType,
        argument: str,
        path: list[str],
        *,
        has_default: bool,
    ) -> None:
        self.usages.extend(usages_in(value, wanted, argument, path, has_default=has_default))

    def _refuse(
        self,
        message: str,
        node: Node,
        path: list[str],
        code: str,
        **extensions: object,
    ) -> None:
        self.refusals.append(static_refusal(message, node, path, code, **extensions))


def _chosen(selections: SelectionSetNode) -> Iterator[str]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
