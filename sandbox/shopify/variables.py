"""Variables that do not fit their declared types, reported in the platform's words."""

from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)

from sandbox.shopify.refusals import Refusal, invalid_variable
from sandbox.shopify.scalars import ScalarError, parse_scalar

_NULL = "Expected value to not be null"
Problem = dict[str, Any]


def check_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: dict[str, Any]
) -> list[Refusal]:
    """Return one error for each variable of an operation that does not fit its type."""
    refusals: list[Refusal] = []
    for definition in operation.variable_definitions or ():
        declared = type_from_ast(schema, definition.type)
        if declared is None or not is_input_type(declared):
            continue
        name = definition.variable.name.value
        if name not in values:
            if not isinstance(declared, GraphQLNonNull) or definition.default_value is not None:
                continue
            problems: list[Problem] = [{"path": [], "explanation": _NULL}]
        else:
            problems = value_problems(declared, values[name], [])
        if problems:
            refusals.append(
                invalid_variable(name, str(declared), values.get(name), problems, definition)
            )
    return refusals


def value_problems(  # noqa: PLR0911 - one rule a kind of type
    wanted: GraphQLInputType,
    value: Any,  # noqa: ANN401 - any JSON value
    path: list[str | int],
) -> list[Problem]:
    """Return why a JSON value does not fit a type; nothing where it does."""
    if isinstance(wanted, GraphQLNonNull):
        if value is None:
            return [{"path": path, "explanation": _NULL}]
        return value_problems(wanted.of_type, value, path)
    if value is None:
        return []
    if isinstance(wanted, GraphQLList):
        elements = value if isinstance(value, list) else [value]
        return [
            problem
            for index, element in enumerate(elements)
            for problem in value_problems(wanted.of_type, element, [*path, index])
        ]
    if isinstance(wanted, GraphQLInputObjectType):
        return _object_problems(wanted, value, path)
    if isinstance(wanted, GraphQLEnumType):
        if isinstance(value, str) and value in wanted.values:
            return []
        allowed = ", ".join(wanted.values)
        return [{"path": path, "explanation": f'Expected "{value}" to be one of: {allowed}'}]
    try:
        parse_scalar(wanted.name, value)
    except ScalarError as error:
        problem: Problem = {"path": path, "explanation": str(error)}
        if wanted.name not in ("String", "Int", "Float", "Boolean"):
            problem["message"] = str(error)
        return [problem]
    return []


@cache
def _required(wanted: GraphQLInputObjectType) -> tuple[str, ...]:
    return tuple(name for name, field in wanted.fields.items() if is_required_input_field(field))


def _object_problems(
    wanted: GraphQLInputObjectType,
    value: Any,  # noqa: ANN401 - any JSON value
    path: list[str | int],
) -> list[Problem]:
    if not isinstance(value, dict):
        return [{"path": path, "explanation": f'Expected "{value}" to be a key-value object'}]
    problems: list[Problem] = [
        {"path": [*path, name], "explanation": f"Field is not defined on {wanted.name}"}
        for name in value
        if name not in wanted.fields
    ]
    problems.extend(
        {"path": [*path, name], "explanation": _NULL}
        for name in _required(wanted)
        if name not in value
    )
    for name, inner in value.items():
        if name in wanted.fields:
            problems.extend(value_problems(wanted.fields[name].type, inner, [*path, name]))
    if wanted.is_one_of and (len(value) != 1 or None in value.values()):
        problems.append(
            {
                "path": path,
                "explanation": f"'{wanted.name}' requires exactly one argument, but "
                f"{len(value)} were provided.",
            }
        )
    return problems
