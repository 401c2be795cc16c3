"""How a template's parameters read as options of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steward.agents import Parameter, Template


def option_of(parameter_name: str) -> str:
    """Return the option that stands for a parameter."""
    return f"--{parameter_name.replace('_', '-')}"


def parameter_help(template: Template, name: str) -> str:
    """Return what a parameter means, its limits, and whether it has to be given."""
    parameter = template.parameters[name]
    notes = [limits(parameter)] if limits(parameter) else []
    if parameter.default is not None:
        notes.append(f"default: {parameter.default}")
    if parameter.required:
        notes.append("required")
    if name in template.selection:
        notes.append("exactly one such selection")
    return f"{parameter.help}  [{'; '.join(notes)}]" if notes else parameter.help


def limits(parameter: Parameter) -> str:
    """Return the values that a parameter may have, in words, or nothing."""
    if parameter.choices:
        return "|".join(parameter.choices)
    unit = f" {parameter.unit}" if parameter.unit else ""
    match parameter.minimum, parameter.maximum:
        case None, None:
            return ""
        case None, high:
            return f"at most {high}{unit}"
        case low, None:
            return f"at least {low}{unit}"
        case low, high:
            return f"{low} to {high}{unit}"
