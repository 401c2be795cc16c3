"""Agents and templates: ready roles for common jobs, with typed parameters and tips."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, assert_never

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from steward.errors import InvalidParameter
from steward.intents import Intent
from steward.model import Frozen

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class ParameterType(StrEnum):
    """How a parameter's text is read."""

    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"


class Parameter(Frozen):
    """One parameter of a template; numbers are decimals between `minimum` and `maximum`."""

    type: ParameterType
    help: str
    required: bool = False
    default: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()


Filled = str | Decimal | bool | tuple[str, ...] | None


class Template(Frozen):
    """A ready agent for a common job.

    `selection` names the parameters of which exactly one says which products; `operations` is an
    intent's list of operations in which a text `$name` stands for a parameter. An operation with a
    key `when` is left out where that parameter is not given.
    """

    name: Slug
    title: str
    description: str
    agent: Slug
    parameters: Mapping[ParameterName, Parameter]
    selection: tuple[ParameterName, ...]
    operations: tuple[Mapping[str, object], ...] = Field(min_length=1)
    tips: tuple[str, ...] = ()

    def fill(self, given: Mapping[str, str]) -> Mapping[str, Filled]:
        """Return every parameter's value, read and checked; raises `InvalidParameter`."""
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            raise InvalidParameter(
                f"Template '{self.name}' has no parameter '{unknown[0]}'.",
                remedy=f"It takes: {', '.join(self.parameters)}.",
            )
        return {
            name: self._fill_one(name, parameter, given.get(name))
            for name, parameter in self.parameters.items()
        }

    def _fill_one(self, name: str, parameter: Parameter, given: str | None) -> Filled:
        text = parameter.default if given is None else given.strip()
        if text is None or (text == "" and not parameter.required):
            if parameter.required:
                raise InvalidParameter(
                    f"Template '{self.name}' needs the parameter '{name}': {parameter.help}",
                    remedy=f"Add --{name.replace('_', '-')} VALUE.",
                )
            return None
        return read_parameter(name, parameter, text)

    def intent(self, given: Mapping[str, str]) -> Intent:
        """Return the intent that the parameters mean, with no model asked.

        Raises `InvalidParameter`.
        """
        filled = self.fill(given)
        content = {
            "selection": self._selection(filled),
            "operations": [
                {
                    key: _substituted(value, filled)
                    for key, value in operation.items()
                    if key != "when" and _substituted(value, filled) is not None
                }
                for operation in self.operations
                if "when" not in operation or filled[str(operation["when"])]
            ],
        }
        try:
            return TypeAdapter(Intent).validate_python(content)
        except ValidationError as invalid:
            problem = invalid.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in problem["loc"])
            raise InvalidParameter(
                f"The parameters of template '{self.name}' do not fit together: "
                f"{place}: {problem['msg']}.",
                remedy=f"See `steward run {self.name} --help`.",
            ) from None

    def _selection(self, filled: Mapping[str, Filled]) -> dict[str, Filled]:
        chosen = [name for name in self.selection if filled[name]]
        if len(chosen) != 1:
            options = ", ".join(f"--{name}" for name in self.selection)
            raise InvalidParameter(
                f"Template '{self.name}' needs exactly one selection of products, "
                f"{len(chosen)} given.",
                remedy=f"Give one of {options}.",
            )
        return {"by": chosen[0], chosen[0]: filled[chosen[0]]}


def read_parameter(name: str, parameter: Parameter, text: str) -> Filled:
    """Return the value that the text means; raises `InvalidParameter`."""
    match parameter.type:
        case ParameterType.TEXT:
            if not text:
                raise InvalidParameter(f"Parameter '{name}' is empty.", remedy=parameter.help)
            return text
        case ParameterType.TEXTS:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        case ParameterType.NUMBER:
            return _read_number(name, parameter, text)
        case ParameterType.FLAG:
            return _read_flag(name, text)
        case ParameterType.CHOICE:
            if text not in parameter.choices:
                raise InvalidParameter(
                    f"Parameter '{name}' cannot be '{text}'.",
                    remedy=f"Choose one of: {', '.join(parameter.choices)}.",
                )
            return text
        case _:
            assert_never(parameter.type)


def _read_number(name: str, parameter: Parameter, text: str) -> Decimal:
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidParameter(
            f"Parameter '{name}' must be a number, not '{text}'.",
            remedy=f"Write it with a decimal point, such as --{name} {parameter.minimum or 1}.",
        )
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise InvalidParameter(
            f"Parameter '{name}' is {number}, beyond its limits.",
            remedy=f"Choose between {low} and {high}{f' {parameter.unit}' * bool(parameter.unit)}.",
        )
    return number


def _read_flag(name: str, text: str) -> bool:
    meanings = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in meanings:
        raise InvalidParameter(
            f"Parameter '{name}' is a switch and cannot be '{text}'.",
            remedy="Write yes or no.",
        )
    return meanings[text.lower()]


def _substituted(value: object, filled: Mapping[str, Filled]) -> object:
    if isinstance(value, str) and value.startswith("$"):
        return filled[value.removeprefix("$")]
    return value
