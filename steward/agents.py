"""Agents and templates: ready roles for common jobs, with typed parameters and tips."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self, assert_never

from pydantic import Field, StringConstraints, ValidationError, model_validator

from steward.claims import WhenClaimed
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


# Decimal would also read exponents, underscores and the digits of every script.
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_LONGEST_QUOTE = 40

Filled = str | Decimal | bool | tuple[str, ...] | None


class Template(Frozen):
    """A ready agent for a common job; it uses only parameters that it has.

    `selection` names the parameters of which exactly one says which products; `operations` is an
    intent's list of operations in which a text `$name` stands for a parameter. An operation with a
    key `when` is left out where that parameter is not given, or is a switch that is off.
    `when_claimed` says what its runs do about fields that another run holds. `example` holds
    parameters that its help shows.
    """

    name: Slug
    title: str
    description: str
    agent: Slug
    parameters: Mapping[ParameterName, Parameter]
    selection: tuple[ParameterName, ...]
    operations: tuple[Mapping[str, object], ...] = Field(min_length=1)
    when_claimed: WhenClaimed = WhenClaimed.WAIT
    example: Mapping[ParameterName, str] = {}
    tips: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _uses_only_its_own_parameters(self) -> Self:
        used = set(self.selection)
        for operation in self.operations:
            texts = [value for value in operation.values() if isinstance(value, str)]
            used |= {text.removeprefix("$") for text in texts if text.startswith("$")}
            used |= {str(operation["when"])} if "when" in operation else set()
        missing = sorted(used - set(self.parameters))
        if missing:
            raise ValueError(f"it uses a parameter '{missing[0]}' that it does not have")
        return self

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
                    remedy=f"Add {_option(name)} VALUE.",
                )
            return None
        return read_parameter(name, parameter, text)

    def intent(self, given: Mapping[str, str]) -> Intent:
        """Return the intent that the parameters mean, with no model asked.

        Raises `InvalidParameter`.
        """
        filled = self.fill(given)
        self._require_something_to_do(filled)
        content = {
            "selection": self._selection(filled),
            "operations": [
                {
                    key: _substituted(value, filled)
                    for key, value in operation.items()
                    if key != "when" and _substituted(value, filled) is not None
                }
                for operation in self.operations
                if "when" not in operation or _is_given(filled[str(operation["when"])])
            ],
        }
        try:
            return Intent.model_validate(content)
        except ValidationError as invalid:
            problem = invalid.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in problem["loc"])
            raise InvalidParameter(
                f"The parameters of template '{self.name}' do not fit together: "
                f"{place}: {problem['msg']}.",
                remedy=f"See `steward run {self.name} --help`.",
            ) from None

    def _require_something_to_do(self, filled: Mapping[str, Filled]) -> None:
        conditions = [str(one["when"]) if "when" in one else "" for one in self.operations]
        if all(condition and not _is_given(filled[condition]) for condition in conditions):
            options = ", ".join(_option(name) for name in dict.fromkeys(conditions))
            raise InvalidParameter(
                f"Nothing is asked of template '{self.name}'.", remedy=f"Give one of {options}."
            )

    def _selection(self, filled: Mapping[str, Filled]) -> dict[str, Filled]:
        chosen = [name for name in self.selection if filled[name]]
        if len(chosen) != 1:
            options = ", ".join(_option(name) for name in self.selection)
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
                    f"Parameter '{name}' cannot be '{_shortened(text)}'.",
                    remedy=f"Choose one of: {', '.join(parameter.choices)}.",
                )
            return text
        case _:
            assert_never(parameter.type)


def _read_number(name: str, parameter: Parameter, text: str) -> Decimal:
    plain = text.removesuffix(parameter.unit).rstrip()
    if not _PLAIN_NUMBER.fullmatch(plain):
        raise InvalidParameter(
            f"Parameter '{name}' must be a number, not '{_shortened(text)}'.",
            remedy="Write digits only, with a decimal point where there is a fraction, as in 12.5.",
        )
    number = Decimal(plain)
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise InvalidParameter(
            f"Parameter '{name}' is {_shortened(plain)}, beyond its limits.",
            remedy=f"Choose {_limits(parameter)}.",
        )
    return number


def _limits(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    match parameter.minimum, parameter.maximum:
        case None, high:
            return f"at most {high}{unit}"
        case low, None:
            return f"at least {low}{unit}"
        case low, high:
            return f"between {low} and {high}{unit}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _read_flag(name: str, text: str) -> bool:
    meanings = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in meanings:
        raise InvalidParameter(
            f"Parameter '{name}' is a switch and cannot be '{_shortened(text)}'.",
            remedy="Write yes or no.",
        )
    return meanings[text.lower()]


def _is_given(value: Filled) -> bool:
    return value is not None and value is not False


def _substituted(value: object, filled: Mapping[str, Filled]) -> object:
    if isinstance(value, str) and value.startswith("$"):
        return filled[value.removeprefix("$")]
    return value
