"""The columns of a report: which dimensions and metrics a request means, and whether they fit."""

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.ga4.fields import Dimension, Fields, Metric, Scope
from sandbox.ga4.problems import invalid

MOST_DIMENSIONS = 9
MOST_METRICS = 10
DATE_RANGE = "dateRange"
_LONGEST_EXPRESSION = 500
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda above, below: above / below if below else 0.0,
}
_ALLOWED = (ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.USub, *_OPERATORS)

Amounts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DimensionColumn:
    """One dimension of a report; `sources` are the property's dimensions that it is made of."""

    name: str
    read: Callable[[Any], str]
    sources: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """One metric of a report; `sources` are the property's metrics that it is made of."""

    name: str
    type: str
    visible: bool
    compute: Callable[[Amounts], float]
    sources: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a report, and the dimensions that it only filters by."""

    dimensions: tuple[DimensionColumn, ...]
    metrics: tuple[MetricColumn, ...]
    filtered: tuple[Dimension, ...]

    @property
    def scopes(self) -> frozenset[Scope]:
        """Which facts the report needs."""
        scopes = {source.scope for column in self.metrics for source in column.sources}
        if scopes:
            return frozenset(scopes)
        items = any(each.scope is Scope.ITEM for each in self._all_dimensions())
        return frozenset({Scope.ITEM if items else Scope.EVENT})

    @property
    def thresholded(self) -> bool:
        """Whether a dimension may give away who somebody is."""
        return any(each.thresholded for each in self._all_dimensions())

    def check_compatible(self) -> None:
        """Refuse what cannot be counted together.

        Raises:
            Problem: a dimension of items beside a metric of visits.
        """
        if all(each.scope is not Scope.ITEM for each in self._all_dimensions()):
            return
        wrong = [
            column.name
            for column in self.metrics
            if any(source.scope is Scope.EVENT for source in column.sources)
        ]
        if wrong:
            raise invalid(
                f"Please remove {', '.join(wrong)} to make the request compatible. "
                "The request's dimensions & metrics are incompatible."
            )

    def _all_dimensions(self) -> Iterable[Dimension]:
        yield from self.filtered
        for column in self.dimensions:
            yield from column.sources


def read_columns(request: dict[str, Any], fields: Fields) -> Columns:
    """Return the columns of a request for these fields.

    Raises:
        Problem: there are none, too many, one twice, or one that the property does not know.
    """
    dimensions = request.get("dimensions", [])
    metrics = request.get("metrics", [])
    if not dimensions and not metrics:
        raise invalid("Requests must have at least one dimension or metric.")
    for contents, most, what in (
        (dimensions, MOST_DIMENSIONS, "dimensions"),
        (metrics, MOST_METRICS, "metrics"),
    ):
        if len(contents) > most:
            raise invalid(f"Requests are limited to {most} {what} within a nested request.")
    columns = Columns(
        dimensions=tuple(_dimension(content, fields) for content in dimensions),
        metrics=tuple(_metric(content, fields) for content in metrics),
        filtered=tuple(_filtered(request.get("dimensionFilter", {}), fields)),
    )
    names = [
        *(column.name for column in columns.dimensions),
        *(column.name for column in columns.metrics),
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(f"Duplicate fields are not allowed: {', '.join(twice)}.")
    return columns


def _dimension(content: dict[str, Any], fields: Fields) -> DimensionColumn:
    name = content.get("name", "")
    if not name:
        raise invalid("A Dimension must have a name.")
    expression = content.get("dimensionExpression")
    if expression is None:
        if name == DATE_RANGE:
            return DimensionColumn(name, lambda _: "", ())
        source = fields.dimension(name)
        return DimensionColumn(name, source.read, (source,))
    match expression:
        case {"lowerCase": case}:
            source = fields.dimension(case.get("dimensionName", ""))
            return DimensionColumn(name, lambda fact: source.read(fact).lower(), (source,))
        case {"upperCase": case}:
            source = fields.dimension(case.get("dimensionName", ""))
            return DimensionColumn(name, lambda fact: source.read(fact).upper(), (source,))
        case {"concatenate": {"dimensionNames": [_, *_] as names, **rest}}:
            sources = tuple(fields.dimension(each) for each in names)
            delimiter = str(rest.get("delimiter", ""))
            return DimensionColumn(
                name, lambda fact: delimiter.join(each.read(fact) for each in sources), sources
            )
        case _:
            raise invalid(f"The dimensionExpression of {name} is empty.")


def _metric(content: dict[str, Any], fields: Fields) -> MetricColumn:
    name = content.get("name", "")
    if not name:
        raise invalid("A Metric must have a name.")
    visible = not content.get("invisible", False)
    expression = content.get("expression", "")
    if not expression:
        source = fields.metric(name)
        return MetricColumn(name, source.type, visible, source.compute, (source,))
    tree = _parsed(expression)
    sources = tuple(fields.metric(node.id) for node in ast.walk(tree) if isinstance(node, ast.Name))
    return MetricColumn(
        name, "TYPE_FLOAT", visible, lambda amounts: _evaluate(tree, amounts, fields), sources
    )


def _parsed(expression: str) -> ast.expr:
    refusal = invalid(f"The metric expression {expression[:100]!r} is invalid.")
    if len(expression) > _LONGEST_EXPRESSION:
        raise refusal
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
        raise refusal from None
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and _is_number(node.value)
        fits = number or isinstance(node, _ALLOWED)
        if not fits:
            raise refusal
    return tree


def _is_number(value: object) -> bool:
    try:
        return type(value) in {int, float} and math.isfinite(float(value))  # type: ignore[arg-type]
    except OverflowError:
        return False


def _evaluate(node: ast.expr, amounts: Amounts, fields: Fields) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return fields.metrics[name].compute(amounts)
        case ast.UnaryOp(operand=operand):
            return -_evaluate(operand, amounts, fields)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](
                _evaluate(left, amounts, fields), _evaluate(right, amounts, fields)
            )
        case _:
            raise AssertionError(node)


def _filtered(expression: dict[str, Any], fields: Fields) -> Iterable[Dimension]:
    for group in ("andGroup", "orGroup"):
        for inner in expression.get(group, {}).get("expressions", []):
            yield from _filtered(inner, fields)
    if "notExpression" in expression:
        yield from _filtered(expression["notExpression"], fields)
    name = expression.get("filter", {}).get("fieldName")
    if name and name != DATE_RANGE:
        yield fields.dimension(name)
