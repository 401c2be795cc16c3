"""Documents that do not fit the schema, reported in the platform's words."""

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    validate,
)

from sandbox.shopify.refusals import Refusal, static_refusal
from sandbox.shopify.selection_check import SelectionCheck
from sandbox.shopify.variable_usage import variable_refusals


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
        self._reached: dict[str, set[str]] = {}

    def run(self) -> list[Refusal]:
        operations = [
            definition
            for definition in self._document.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
        self._check_names(operations)
        walked = {name: self._walk_fragment(each) for name, each in self._fragments.items()}
        self._reached = {name: walk.spread for name, walk in walked.items()}
        self._check_loops()
        used: set[str] = set()
        for operation in operations:
            path = [_operation_path(operation)]
            root = self._root(operation, path)
            if root is None:
                continue
            walk = SelectionCheck(self._schema, self._fragments)
            walk.check_directives(operation.directives, path)
            walk.check_selections(operation.selection_set, root, path)
            self._refusals.extend(walk.refusals)
            reached = self._closure(walk.spread)
            used |= reached
            usages = list(walk.usages)
            for name in sorted(reached & walked.keys()):
                usages.extend(walked[name].usages)
            self._refusals.extend(variable_refusals(self._schema, operation, usages, path))
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
        node: Node,
        path: list[str],
        code: str,
        **extensions: object,
    ) -> None:
        self._refusals.append(static_refusal(message, node, path, code, **extensions))

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

    def _walk_fragment(self, fragment: FragmentDefinitionNode) -> SelectionCheck:
        walk = SelectionCheck(self._schema, self._fragments)
        path = [f"fragment {fragment.name.value}"]
        condition = walk.condition(fragment, path)
        walk.check_directives(fragment.directives, path)
        if condition is not None:
            walk.check_selections(fragment.selection_set, condition, path)
        self._refusals.extend(walk.refusals)
        return walk

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


def _operation_path(operation: OperationDefinitionNode) -> str:
    kind = operation.operation.value
    return f"{kind} {operation.name.value}" if operation.name else kind
