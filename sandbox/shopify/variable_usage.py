"""How a document uses its variables: declared, used, and of a type that fits where they stand."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_input_type,
    is_type_sub_type_of,
    type_from_ast,
)

from sandbox.shopify.literals import literal_problem
from sandbox.shopify.refusals import Refusal, location_of, static_refusal


class Usage(NamedTuple):
    """A place where a document has a variable.

    Attributes:
        wanted: the type that the place takes.
        argument: the name of the argument or input field.
        has_default: whether something stands in for a value that is not given.
    """

    variable: VariableNode
    wanted: GraphQLInputType
    argument: str
    path: list[str]
    has_default: bool


def usages_in(
    value: ValueNode, wanted: GraphQLInputType, argument: str, path: list[str], *, has_default: bool
) -> Iterator[Usage]:
    """Yield the variables in the value of an argument."""
    if isinstance(value, VariableNode):
        yield Usage(value, wanted, argument, [*path, argument], has_default)
        return
    inner = wanted.of_type if isinstance(wanted, GraphQLNonNull) else wanted
    if isinstance(value, ListValueNode) and isinstance(inner, GraphQLList):
        for element in value.values:
            yield from usages_in(element, inner.of_type, argument, path, has_default=False)
    named = get_named_type(wanted)
    if isinstance(value, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
        for field in value.fields:
            known = named.fields.get(field.name.value)
            if known is not None:
                yield from usages_in(
                    field.value,
                    known.type,
                    field.name.value,
                    [*path, argument],
                    has_default=has_default_value(known),
                )


def has_default_value(wanted: GraphQLArgument | GraphQLInputField) -> bool:
    """Tell whether a value stands in for one that is not given."""
    return wanted.default_value not in (None, Undefined)


def variable_refusals(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    usages: Sequence[Usage],
    path: list[str],
) -> Iterator[Refusal]:
    """Yield every error of an operation's variables, given where they are used."""
    label = operation.name.value if operation.name else f"anonymous {operation.operation.value}"
    declared: dict[str, VariableDefinitionNode] = {}
    for definition in operation.variable_definitions or ():
        declared[definition.variable.name.value] = definition
        yield from _declaration_refusals(schema, definition, path)
    used = {usage.variable.name.value for usage in usages}
    for usage in usages:
        name = usage.variable.name.value
        if name not in declared:
            yield static_refusal(
                f"Variable ${name} is used by {label} but not declared",
                usage.variable,
                usage.path,
                "variableNotDefined",
                variableName=name,
            )
        else:
            yield from _usage_refusals(schema, declared[name], usage)
    for name, definition in declared.items():
        if name not in used:
            yield static_refusal(
                f"Variable ${name} is declared by {label} but not used",
                definition,
                path,
                "variableNotUsed",
                variableName=name,
            )


def _declaration_refusals(
    schema: GraphQLSchema, definition: VariableDefinitionNode, path: list[str]
) -> Iterator[Refusal]:
    found = type_from_ast(schema, definition.type)
    name = definition.variable.name.value
    if found is None or not is_input_type(found):
        type_name = _written_type(definition)
        yield static_refusal(
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
        yield static_refusal(
            f"Default value for ${name} doesn't match type {found}",
            definition,
            path,
            "defaultValueInvalidType",
            variableName=name,
            typeName=str(found),
        )


def _usage_refusals(
    schema: GraphQLSchema, definition: VariableDefinitionNode, usage: Usage
) -> Iterator[Refusal]:
    declared = type_from_ast(schema, definition.type)
    if declared is None or not is_input_type(declared):
        return
    wanted, target = usage.wanted, usage.wanted
    default = definition.default_value
    filled = default is not None and not isinstance(default, NullValueNode)
    required = isinstance(wanted, GraphQLNonNull) and not isinstance(declared, GraphQLNonNull)
    if required and (filled or usage.has_default):
        target = cast("GraphQLInputType", get_nullable_type(wanted))
    if is_type_sub_type_of(schema, declared, target):
        return
    same = get_named_type(declared) is get_named_type(wanted)
    problem = "Nullability mismatch" if same else "Type mismatch"
    if same and str(declared).count("[") != str(wanted).count("["):
        problem = "List dimension mismatch"
    name = definition.variable.name.value
    yield {
        "message": f"{problem} on variable ${name} and argument {usage.argument} "
        f"({declared} / {wanted})",
        "locations": location_of(usage.variable),
        "path": usage.path,
        "extensions": {
            "code": "variableMismatch",
            "variableName": name,
            "typeName": str(declared),
            "argumentName": usage.argument,
            "errorMessage": problem,
        },
    }


def _written_type(definition: VariableDefinitionNode) -> str:
    node = definition.type
    while not hasattr(node, "name"):
        node = node.type  # type: ignore[attr-defined]
    return str(node.name.value)
