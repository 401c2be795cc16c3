"""Documents that do not fit the schema, reported in the platform's words."""

from collections.abc import Iterator
from typing import cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLCompositeType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    do_types_overlap,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_input_type,
    is_leaf_type,
    is_type_sub_type_of,
    type_from_ast,
    validate,
)

from sandbox.shopify.literals import check_arguments, literal_problem
from sandbox.shopify.refusals import Refusal, location_of, static_refusal

Selection = FieldNode | FragmentSpreadNode | InlineFragmentNode


def check_document(schema: GraphQLSchema, document: DocumentNode) -> list[Refusal]:
    """Return every error of a document, in the order in which the platform finds them."""
    refusals = _Check(schema, document).run()
    if refusals:
        return refusals
    return [
        {
            "message": error.message,
            "locations": [
                {"line": place.line, "column": place.column} for place in error.locations or []
            ],
            "path": [],
            "extensions": {"code": "fieldConflict"},
        }
        for error in validate(schema, document, [OverlappingFieldsCanBeMergedRule])
    ]


class _Check:
    """Walks one document and collects its errors."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._refusals: list[Refusal] = []
        self._usages: list[tuple[VariableNode, GraphQLInputType, str, list[str], bool]] = []
        self._spread: set[str] = set()
        self._reached: dict[str, set[str]] = {}

    def run(self) -> list[Refusal]:
        operations = [
            definition
            for definition in self._document.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
        self._check_names(operations)
        fragment_usages = {}
        for name, fragment in self._fragments.items():
            self._usages, self._spread = [], set()
            self._check_fragment(fragment)
            fragment_usages[name] = self._usages
            self._reached[name] = self._spread
        self._check_loops()
        used: set[str] = set()
        for operation in operations:
            self._usages, self._spread = [], set()
            path = [_operation_path(operation)]
            root = self._root(operation, path)
            if root is None:
                continue
            self._check_directives(operation.directives, path)
            self._check_selections(operation.selection_set, root, path)
            reached = self._closure(self._spread)
            used |= reached
            usages = list(self._usages)
            for name in sorted(reached):
                usages.extend(fragment_usages.get(name, []))
            self._check_variables(operation, usages, path)
        for name, fragment in self._fragments.items():
            if name not in used:
                self._refuse(
                    f"Fragment {name} was defined, but not used",
                    fragment,
                    [f"fragment {name}"],
                    "useAndDefineFragment",
                    fragmentName=name,
                )
        return self._refusals

    def _refuse(
        self,
        message: str,
        node: object,
        path: list[str],
        code: str,
        **extensions: object,
    ) -> None:
        self._refusals.append(static_refusal(message, node, path, code, **extensions))  # type: ignore[arg-type]

    def _check_names(self, operations: list[OperationDefinitionNode]) -> None:
        names = [operation.name.value for operation in operations if operation.name]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                self._refuse(
                    f'Operation name "{name}" must be unique',
                    operations[0],
                    [],
                    "operationNameNotUnique",
                    operationName=name,
                )
        if len(operations) > 1 and len(names) < len(operations):
            self._refuse(
                "Anonymous operation must be the only operation in the document",
                operations[0],
                [],
                "anonymousOperation",
            )

    def _root(
        self, operation: OperationDefinitionNode, path: list[str]
    ) -> GraphQLObjectType | None:
        roots = {
            OperationType.QUERY: self._schema.query_type,
            OperationType.MUTATION: self._schema.mutation_type,
        }
        root = roots.get(operation.operation)
        if root is None:
            self._refuse(
                f"Schema is not configured for {operation.operation.value}s",
                operation,
                path,
                f"missing{operation.operation.value.capitalize()}Configuration",
            )
        return root

    def _check_fragment(self, fragment: FragmentDefinitionNode) -> None:
        path = [f"fragment {fragment.name.value}"]
        condition = self._condition(fragment, path)
        self._check_directives(fragment.directives, path)
        if condition is not None:
            self._check_selections(fragment.selection_set, condition, path)

    def _condition(
        self, node: FragmentDefinitionNode | InlineFragmentNode, path: list[str]
    ) -> GraphQLCompositeType | None:
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

    def _check_selections(
        self, selections: SelectionSetNode, parent: GraphQLCompositeType, path: list[str]
    ) -> None:
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
        self._refusals.extend(check_arguments(node, field.args, here))
        for argument in node.arguments or ():
            wanted = field.args.get(argument.name.value)
            if wanted is not None:
                has_default = _has_default(wanted)
                self._note_variables(
                    argument.value, wanted.type, argument.name.value, here, has_default=has_default
                )
        self._check_directives(node.directives, here)
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
            self._check_selections(node.selection_set, named, path)

    def _check_inline(
        self, node: InlineFragmentNode, parent: GraphQLCompositeType, path: list[str]
    ) -> None:
        condition: GraphQLCompositeType | None = parent
        here = [*path, "..."]
        if node.type_condition is not None:
            name = node.type_condition.name.value
            here = [*path, f"... on {name}"]
            condition = self._condition(node, here)
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
        self._check_directives(node.directives, here)
        if condition is not None:
            self._check_selections(node.selection_set, condition, here)

    def _check_spread(
        self, node: FragmentSpreadNode, parent: GraphQLCompositeType, path: list[str]
    ) -> None:
        name = node.name.value
        self._spread.add(name)
        self._check_directives(node.directives, path)
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

    def _check_directives(
        self, directives: tuple[DirectiveNode, ...] | None, path: list[str]
    ) -> None:
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
            self._refusals.extend(check_arguments(node, directive.args, path))
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
        if isinstance(value, VariableNode):
            self._usages.append((value, wanted, argument, [*path, argument], has_default))
            return
        inner = wanted.of_type if isinstance(wanted, GraphQLNonNull) else wanted
        if isinstance(value, ListValueNode) and isinstance(inner, GraphQLList):
            for element in value.values:
                self._note_variables(element, inner.of_type, argument, path, has_default=False)
        named = get_named_type(wanted)
        if isinstance(value, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
            for field in value.fields:
                known = named.fields.get(field.name.value)
                if known is not None:
                    self._note_variables(
                        field.value,
                        known.type,
                        field.name.value,
                        [*path, argument],
                        has_default=_has_default(known),
                    )

    def _closure(self, names: set[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self._reached.get(name, ()))
        return found

    def _check_loops(self) -> None:
        for name, fragment in self._fragments.items():
            if name in self._closure(self._reached[name]):
                self._refuse(
                    f"Fragment {name} contains an infinite loop",
                    fragment,
                    [f"fragment {name}"],
                    "infiniteLoop",
                    fragmentName=name,
                )

    def _check_variables(
        self,
        operation: OperationDefinitionNode,
        usages: list[tuple[VariableNode, GraphQLInputType, str, list[str], bool]],
        path: list[str],
    ) -> None:
        label = operation.name.value if operation.name else f"anonymous {operation.operation.value}"
        declared: dict[str, VariableDefinitionNode] = {}
        for definition in operation.variable_definitions or ():
            declared[definition.variable.name.value] = definition
            self._check_declaration(definition, path)
        used = {usage[0].name.value for usage in usages}
        for usage in usages:
            name = usage[0].name.value
            if name not in declared:
                self._refuse(
                    f"Variable ${name} is used by {label} but not declared",
                    usage[0],
                    usage[3],
                    "variableNotDefined",
                    variableName=name,
                )
            else:
                self._check_usage(declared[name], *usage)
        for name, definition in declared.items():
            if name not in used:
                self._refuse(
                    f"Variable ${name} is declared by {label} but not used",
                    definition,
                    path,
                    "variableNotUsed",
                    variableName=name,
                )

    def _check_declaration(self, definition: VariableDefinitionNode, path: list[str]) -> None:
        found = type_from_ast(self._schema, definition.type)
        name = definition.variable.name.value
        if found is None or not is_input_type(found):
            type_name = _written_type(definition)
            self._refuse(
                f"{type_name} isn't a defined input type (on ${name})",
                definition,
                path,
                "variableRequiresValidType",
                typeName=type_name,
                variableName=name,
            )
            return
        default = definition.default_value
        if default is not None and literal_problem(default, found) is not None:
            self._refuse(
                f"Default value for ${name} doesn't match type {found}",
                definition,
                path,
                "defaultValueInvalidType",
                variableName=name,
                typeName=str(found),
            )

    def _check_usage(
        self,
        definition: VariableDefinitionNode,
        usage: VariableNode,
        wanted: GraphQLInputType,
        argument: str,
        path: list[str],
        has_default: bool,  # noqa: FBT001 - unpacked from a tuple
    ) -> None:
        declared = type_from_ast(self._schema, definition.type)
        if declared is None or not is_input_type(declared):
            return
        effective: GraphQLInputType = declared
        target = wanted
        default = definition.default_value
        filled = default is not None and not isinstance(default, NullValueNode)
        required = isinstance(wanted, GraphQLNonNull) and not isinstance(effective, GraphQLNonNull)
        if required and (filled or has_default):
            target = cast("GraphQLInputType", get_nullable_type(wanted))
        if is_type_sub_type_of(self._schema, effective, target):
            return
        same = get_named_type(declared) is get_named_type(wanted)
        problem = "Nullability mismatch" if same else "Type mismatch"
        if same and str(declared).count("[") != str(wanted).count("["):
            problem = "List dimension mismatch"
        name = definition.variable.name.value
        self._refusals.append(
            {
                "message": f"{problem} on variable ${name} and argument {argument} "
                f"({declared} / {wanted})",
                "locations": location_of(usage),
                "path": path,
                "extensions": {
                    "code": "variableMismatch",
                    "variableName": name,
                    "typeName": str(declared),
                    "argumentName": argument,
                    "errorMessage": problem,
                },
            }
        )


def _has_default(wanted: GraphQLArgument | GraphQLInputField) -> bool:
    """Tell whether a value stands in for one that is not given."""
    return wanted.default_value not in (None, Undefined)


def _operation_path(operation: OperationDefinitionNode) -> str:
    kind = operation.operation.value
    return f"{kind} {operation.name.value}" if operation.name else kind


def _chosen(selections: SelectionSetNode) -> Iterator[str]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value


def _written_type(definition: VariableDefinitionNode) -> str:
    node = definition.type
    while not hasattr(node, "name"):
        node = node.type  # type: ignore[attr-defined]
    return str(node.name.value)
