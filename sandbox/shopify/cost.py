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

from collections.abc import Mapping
from functools import lru_cache

from graphql import DocumentNode, GraphQLSchema

from sandbox.shopify.cost_analysis import Analysis
from sandbox.shopify.cost_plan import CostPlan, Variables


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
def analyse(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> CostPlan:
    """Return the costs of an operation as an expression over its variables and its answer.

    Raises:
        ValueError: the document has no such operation, or several and none is named.
    """
    return Analysis(schema, document, operation_name).plan()
