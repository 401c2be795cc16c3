"""Arguments written in a document, held against the schema, in the platform's words."""

from collections.abc import Mapping, Sequence

from graphql import (
    ArgumentNode,
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)

from sandbox.shopify.refusals import Refusal, static_refusal
from sandbox.shopify.scalars import ScalarError, parse_scalar_literal


def check_arguments(
    owner: FieldNode | DirectiveNode,
    accepted: Mapping[str, GraphQLArgument],
    path: list[str],
) -> list[Refusal]:
    """Return the errors of the arguments of one field or directive."""
    owner_kind = "Field" if isinstance(owner, FieldNode) else "Directive"
    name = owner.name.value
    refusals = _check_named(owner.arguments or (), accepted, owner, owner_kind, name, path)
    given = {argument.name.value for argument in owner.arguments or ()}
    missing = [
        key
        for key, argument in accepted.items()
        if key not in given and is_required_argument(argument)
    ]
    if missing:
        listed = ", ".join(missing)
        refusals.append(
            static_refusal(
                f"{owner_kind} '{name}' is missing required arguments: {listed}",
                owner,
                path,
                "missingRequiredArguments",
                className=owner_kind,
                name=name,
                arguments=listed,
            )
        )
    return refusals


def _check_named(
    arguments: Sequence[ArgumentNode | ObjectFieldNode],
    accepted: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    parent: FieldNode | DirectiveNode | ObjectValueNode,
    parent_kind: str,
    parent_name: str,
    path: list[str],
) -> list[Refusal]:
    refusals: list[Refusal] = []
    seen: set[str] = set()
    for argument in arguments:
        key = argument.name.value
        wanted = accepted.get(key)
        if wanted is None:
            refusals.append(
                static_refusal(
                    f"{parent_kind} '{parent_name}' doesn't accept argument '{key}'",
                    argument,
                    [*path, key],
                    "argumentNotAccepted",
                    name=parent_name,
                    typeName=parent_kind,
                    argumentName=key,
                )
            )
            continue
        if key in seen:
            refusals.append(
                static_refusal(
                    f'There can be only one argument named "{key}"',
                    parent,
                    path,
                    "argumentNotUnique",
                    name=key,
                )
            )
        seen.add(key)
        refusals.extend(
            _check_value(argument.value, wanted.type, parent, parent_kind, parent_name, key, path)
        )
    return refusals


def _check_value(
    value: ValueNode,
    wanted: GraphQLInputType,
    parent: FieldNode | DirectiveNode | ObjectValueNode,
    parent_kind: str,
    parent_name: str,
    key: str,
    path: list[str],
) -> list[Refusal]:
    objects = _objects_in(value, wanted)
    if objects is not None:
        named = get_named_type(wanted)
        assert isinstance(named, GraphQLInputObjectType)  # noqa: S101 - established above
        return [refusal for node in objects for refusal in _check_object(node, named, [*path, key])]
    explanation = literal_problem(value, wanted)
    if explanation is None:
        return []
    if explanation.startswith("Invalid global id"):
        return [
            static_refusal(
                explanation, parent, [*path, key], "argumentLiteralsIncompatible",
                typeName="CoercionError",
            )
        ]  # fmt: skip
    return [
        static_refusal(
            f"Argument '{key}' on {parent_kind} '{parent_name}' has an invalid value "
            f"({print_ast(value)}). Expected type '{wanted}'.",
            parent,
            [*path, key],
            "argumentLiteralsIncompatible",
            typeName=parent_kind,
            argumentName=key,
        )
    ]


def _objects_in(value: ValueNode, wanted: GraphQLInputType) -> list[ObjectValueNode] | None:
    """Return the objects of a literal whose fields are checked one by one, or None."""
    if not isinstance(get_named_type(wanted), GraphQLInputObjectType):
        return None
    if isinstance(value, ObjectValueNode):
        return [value]
    inner = wanted.of_type if isinstance(wanted, GraphQLNonNull) else wanted
    if isinstance(value, ListValueNode) and isinstance(inner, GraphQLList):
        found = [_objects_in(element, inner.of_type) for element in value.values]
        if all(element is not None for element in found):
            return [node for nodes in found for node in nodes or []]
    return None


def _check_object(
    node: ObjectValueNode, wanted: GraphQLInputObjectType, path: list[str]
) -> list[Refusal]:
    refusals = _check_named(node.fields, wanted.fields, node, "InputObject", wanted.name, path)
    given = {field.name.value for field in node.fields}
    for key, field in wanted.fields.items():
        if key not in given and is_required_input_field(field):
            refusals.append(
                static_refusal(
                    f"Argument '{key}' on InputObject '{wanted.name}' is required. "
                    f"Expected type {field.type}",
                    node,
                    [*path, key],
                    "missingRequiredInputObjectAttribute",
                    argumentName=key,
                    argumentType=str(field.type),
                    inputObjectType=wanted.name,
                )
            )
    if wanted.is_one_of and len(node.fields) != 1:
        refusals.append(
            static_refusal(
                f"'{wanted.name}' requires exactly one argument, but {len(node.fields)} were "
                "provided.",
                node,
                path,
                "invalidOneOfInputObject",
                inputObjectType=wanted.name,
            )
        )
    return refusals


def literal_problem(  # noqa: PLR0911 - one rule a kind of type
    value: ValueNode, wanted: GraphQLInputType
) -> str | None:
    """Return why a literal does not fit a type, or None; variables inside it are let pass."""
    if isinstance(value, VariableNode):
        return None
    if isinstance(wanted, GraphQLNonNull):
        if isinstance(value, NullValueNode):
            return "null"
        return literal_problem(value, wanted.of_type)
    if isinstance(value, NullValueNode):
        return None
    if isinstance(wanted, GraphQLList):
        elements = value.values if isinstance(value, ListValueNode) else (value,)
        problems = (literal_problem(element, wanted.of_type) for element in elements)
        return next((problem for problem in problems if problem is not None), None)
    if isinstance(wanted, GraphQLEnumType):
        known = isinstance(value, EnumValueNode) and value.value in wanted.values
        return None if known else "enum"
    if isinstance(wanted, GraphQLInputObjectType):
        return None if isinstance(value, ObjectValueNode) else "object"
    try:
        parse_scalar_literal(wanted.name, value)
    except ScalarError as error:
        return str(error)
    return None
