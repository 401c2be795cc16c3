"""Messages in JSON, by the rules of protocol buffers.

Names may be written in camel case or with underscores, 64-bit numbers as text or number, and enums
by name or number; what is null counts as not given.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.ga4.problems import malformed

_DEEPEST = 100
_INT32 = 2**31
_INT64 = 2**63
_INTEGER = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Enum:
    """Names by number."""

    names: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Many:
    """A list of something."""

    of: "Kind"


@dataclass(frozen=True, slots=True)
class Message:
    """An object; of the fields in `one_of` at most one may be given."""

    fields: Mapping[str, "Kind"]
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recursive:
    """An object that may hold itself; what it is made of is told when it is needed."""

    declared: Callable[[], Message]


@dataclass(frozen=True, slots=True)
class _Place:
    path: str = ""
    depth: int = 0

    def inside(self, step: str) -> "_Place":
        return _Place(f"{self.path}.{step}" if self.path else step, self.depth + 1)

    def element(self, number: int) -> "_Place":
        return _Place(f"{self.path}[{number}]", self.depth)


Kind = str | Enum | Many | Message | Recursive
"""`string`, `bool`, `int32`, `int64`, `double`, or something made of these."""


def read_message(body: bytes, message: Message) -> dict[str, Any]:
    """Return a body as an object with camel case names and Python's own values.

    Raises:
        Problem: it is not the JSON of this message.
    """
    if not body.strip():
        return {}
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise malformed("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(content, dict):
        raise malformed("Invalid JSON payload received. Root element must be a message.")
    found: dict[str, Any] = _message(content, message, _Place())
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _value(content: object, kind: Kind, place: _Place) -> Any:  # noqa: ANN401 - what the kind says
    match kind:
        case Message():
            return _message(content, kind, place)
        case Recursive(declared=declared):
            return _message(content, declared(), place)
        case Many(of=of):
            # A single element stands for a list of one.
            elements = content if isinstance(content, list) else [content]
            return [
                _value(element, of, place.element(number))
                for number, element in enumerate(elements)
            ]
        case Enum(names=names):
            return _enum(content, names, place)
        case _:
            return _scalar(content, kind, place)


def _message(content: object, message: Message, place: _Place) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise _wrong(place, "message", content)
    if place.depth > _DEEPEST:
        raise malformed("Message too deep. Max recursion depth reached.", place.path)
    found: dict[str, Any] = {}
    for written, value in content.items():
        name = written if written in message.fields else _camel_case(written)
        if name not in message.fields:
            where = f" at '{place.path}'" if place.path else ""
            raise malformed(
                f'Invalid JSON payload received. Unknown name "{written}"{where}: '
                "Cannot find field.",
                place.path,
            )
        if value is None:
            continue
        other = next((one for one in message.one_of if one in found), None)
        if name in message.one_of and other is not None:
            raise malformed(
                f"Invalid value at '{place.path}' (oneof), '{other}' is already set. "
                f"Cannot set '{name}'.",
                place.path,
            )
        found[name] = _value(value, message.fields[name], place.inside(name))
    return found


def _enum(content: object, names: Mapping[int, str], place: _Place) -> str:
    if isinstance(content, str) and content in names.values():
        return content
    if isinstance(content, int) and not isinstance(content, bool) and content in names:
        return names[content]
    raise _wrong(place, "TYPE_ENUM", content)


def _scalar(content: object, kind: str, place: _Place) -> str | bool | int | float:
    found: str | bool | int | float | None
    match kind:
        case "string":
            found = content if isinstance(content, str) else None
        case "bool":
            found = content if isinstance(content, bool) else None
        case "int32":
            found = _integer(content, _INT32)
        case "int64":
            found = _integer(content, _INT64)
        case "double":
            found = _double(content)
        case _:
            raise AssertionError(kind)
    if found is None:
        raise _wrong(place, f"TYPE_{kind.upper()}", content)
    return found


def _integer(content: object, bound: int) -> int | None:
    if isinstance(content, str) and _INTEGER.fullmatch(content):
        content = int(content)
    if isinstance(content, float) and content.is_integer():
        content = int(content)
    if not isinstance(content, int) or isinstance(content, bool):
        return None
    return content if -bound <= content < bound else None


def _double(content: object) -> float | None:
    if isinstance(content, bool) or not isinstance(content, str | int | float):
        return None
    try:
        return float(content)
    except (ValueError, OverflowError):
        return None


def _wrong(place: _Place, kind: str, content: object) -> Exception:
    shown = json.dumps(content)[:100]
    return malformed(f"Invalid value at '{place.path}' ({kind}), {shown}", place.path)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
