"""The platform's search syntax: `vendor:NIKE OR vendor:VANS -tag:"old stock" title:Tee*`.

OR binds more tightly than AND, whether AND is written or implied, as recorded answers show. An
unquoted value ends at the next colon, so that unquoted timestamps fall apart, as on the platform.
"""

import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<minus>-)(?=\S)
    | (?P<phrase>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<colon>:)
    | (?P<word>(?:\\.|[^\s():"'\\]|(?<=\w)'(?=\w))+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DEEPEST_NESTING = 50
_COMPARISON = re.compile(r"(<=|>=|<|>)")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; `field` is None for free text, `comparison` is one of < <= > >= or empty."""

    field: str | None
    value: str
    comparison: str = ""
    phrase: bool = False

    @property
    def prefix(self) -> bool:
        """Whether the value ends in an unquoted star."""
        return not self.phrase and self.value.endswith("*")


@dataclass(frozen=True, slots=True)
class Negation:
    """Holds where its operand does not."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Holds where all its operands do; without operands, everywhere."""

    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Holds where one of its operands does."""

    operands: "tuple[Node, ...]"


Node = Term | Negation | Conjunction | Disjunction


def parse_search(text: str) -> Node:
    """Return the meaning of a search; like the platform, it takes any text and never fails."""
    tokens = [
        (match.lastgroup or "other", match.group())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "other"
    ]
    return _Parser(tokens).parse()


def terms(node: Node) -> list[Term]:
    """Return all conditions of a search, from left to right."""
    if isinstance(node, Term):
        return [node]
    if isinstance(node, Negation):
        return terms(node.operand)
    return [term for operand in node.operands for term in terms(operand)]


def describe_search(node: Node) -> dict[str, Any]:
    """Return a search as the platform prints it beside its warnings."""
    if isinstance(node, Negation):
        return {"not": describe_search(node.operand)}
    if isinstance(node, Conjunction):
        return {"and": [describe_search(operand) for operand in node.operands]}
    if isinstance(node, Disjunction):
        return {"or": [describe_search(operand) for operand in node.operands]}
    described: dict[str, Any] = {} if node.field is None else {"field": node.field}
    if node.comparison:
        described["range_" + {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[node.comparison]] = (
            node.value
        )
    elif node.phrase:
        described["match_phrase"] = node.value
    elif node.prefix:
        described["match_prefix"] = node.value[:-1]
    else:
        described["match_all"] = node.value
    return described


class _Parser:
    """Reads tokens from left to right; unbalanced parentheses close by themselves."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def parse(self) -> Node:
        operands = []
        while self._at < len(self._tokens):
            operands.append(self._conjunction())
            self._at += 1  # a closing parenthesis that nothing opened
        return _joined(operands)

    def _conjunction(self) -> Node:
        operands: list[Node] = []
        while True:
            self._skip_space()
            kind, text = self._peek()
            if kind in ("", "close"):
                return _joined(operands)
            if kind == "word" and text in ("AND", "OR"):
                self._at += 1
                continue
            node = self._disjunction()
            if node is not None:
                operands.append(node)

    def _disjunction(self) -> Node | None:
        first = self._unary()
        operands = [] if first is None else [first]
        while True:
            position = self._at
            self._skip_space()
            if self._peek() != ("word", "OR"):
                self._at = position
                break
            self._at += 1
            self._skip_space()
            following = self._unary()
            if following is not None:
                operands.append(following)
        if len(operands) > 1:
            return Disjunction(tuple(operands))
        return operands[0] if operands else None

    def _unary(self) -> Node | None:
        self._depth += 1
        try:
            return self._nested()
        finally:
            self._depth -= 1

    def _nested(self) -> Node | None:
        kind, text = self._peek()
        if self._depth > _DEEPEST_NESTING:
            self._at += 1
            return None
        if kind == "minus" or (kind == "word" and text == "NOT"):
            self._at += 1
            self._skip_space()
            operand = self._unary()
            return None if operand is None else Negation(operand)
        if kind == "open":
            self._at += 1
            inner = self._conjunction()
            self._at += 1
            return inner
        return self._term()

    def _term(self) -> Node | None:
        kind, text = self._peek()
        if kind not in ("word", "phrase", "minus"):
            self._at += kind not in ("", "close")
            return None
        self._at += 1
        if kind == "phrase":
            return Term(None, _unquoted(text), phrase=True)
        if self._peek()[0] != "colon":
            return Term(None, _unescaped(text))
        self._at += 1
        return self._value(text)

    def _value(self, field: str) -> Node:
        """Read what follows `field:`; spaces may stand in front of it."""
        comparison, value, phrase = "", "", False
        position = self._at
        self._skip_space()
        kind, text = self._peek()
        if kind == "open":
            self._at += 1
            inner = self._conjunction()
            self._at += 1
            return _with_field(inner, field)
        if kind == "word" and (match := _COMPARISON.match(text)):
            comparison, text = match.group(), text[match.end() :]
            self._at += 1
            if text:
                return Term(field, _unescaped(text), comparison)
            self._skip_space()
            kind, text = self._peek()
        if kind in ("minus", "word", "phrase"):
            phrase = kind == "phrase"
            value = _unquoted(text) if phrase else _unescaped(text)
            self._at += 1
            if kind == "minus" and self._peek()[0] == "word":
                value += _unescaped(self._peek()[1])
                self._at += 1
        else:
            self._at = position
        return Term(field, value, comparison, phrase)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _skip_space(self) -> None:
        while self._peek()[0] == "space":
            self._at += 1


def _joined(operands: list[Node]) -> Node:
    return operands[0] if len(operands) == 1 else Conjunction(tuple(operands))


def _with_field(node: Node, field: str) -> Node:
    """Give a field to the bare terms of `field:(a OR b)`."""
    if isinstance(node, Term):
        return node if node.field else Term(field, node.value, node.comparison, node.phrase)
    if isinstance(node, Negation):
        return Negation(_with_field(node.operand, field))
    operands = tuple(_with_field(operand, field) for operand in node.operands)
    return Conjunction(operands) if isinstance(node, Conjunction) else Disjunction(operands)


def _unquoted(text: str) -> str:
    return _unescaped(text[1:-1])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
