"""`steward run`: a subcommand for each template, its options made from its parameters."""

import asyncio
import inspect
import shlex
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from starter.command_tree import Command, build, new_app, set_default
from starter.parameters import option_of, parameter_help
from starter.session import JsonOption, PersonOption, session_of

if TYPE_CHECKING:
    from steward.agents import Template
    from steward.ports import TemplateCatalog

StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="STORE", help="The store to change.  [required]")
]
DetachOption = Annotated[
    bool, typer.Option("--detach", help="Return at once instead of waiting for the simulation.")
]
_METAVARS = {"number": "NUMBER", "texts": "TEXT,TEXT...", "choice": "CHOICE"}


class TemplateGroup(typer.core.TyperGroup):
    """The templates as commands, read when one is named or all are listed."""

    @cached_property
    def _catalog(self) -> "TemplateCatalog":
        from connectors.templates import PackagedTemplates

        return PackagedTemplates()

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 the base fixes the signature
        """Return the templates' names."""
        return [template.name for template in self._catalog.templates()]

    def get_command(self, ctx: object, cmd_name: str) -> Command:  # noqa: ARG002
        """Return a template's command; raises `UnknownTemplate`."""
        return template_command(self._catalog.template(cmd_name))


def template_command(template: "Template") -> Command:
    """Return the command that starts a run of the template."""

    def start(context: typer.Context, **given: Any) -> None:  # noqa: ANN401 set by the signature
        from starter.running import run_template

        values = {name: given[_python_name(name)] for name in template.parameters}
        asyncio.run(
            run_template(
                session_of(context),
                template,
                {name: _as_text(value) for name, value in values.items() if value is not None},
                store=given["store"],
                person=given["person"],
                detach=given["detach"],
                as_json=given["json"],
            )
        )

    start.__doc__ = _documentation(template)
    # This is where the command's options are read from.
    start.__signature__ = _signature(template)  # type: ignore[attr-defined]
    return build(start, template.name)


def _python_name(parameter_name: str) -> str:
    # Told apart from the options that every template's command has.
    return f"parameter_{parameter_name}"


def _as_text(value: str | bool) -> str:
    return value if isinstance(value, str) else ("yes" if value else "no")


def _signature(template: "Template") -> inspect.Signature:
    own: list[tuple[str, Any, Any]] = [
        ("store", StoreOption, None),
        ("person", PersonOption, None),
        ("detach", DetachOption, False),
        ("json", JsonOption, False),
    ]
    options = [
        (_python_name(name), _annotation(template, name), None) for name in template.parameters
    ]
    return inspect.Signature(
        [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
                )
                for name, annotation, default in (own[0], *options, *own[1:])
            ),
        ]
    )


def _annotation(template: "Template", name: str) -> object:
    option, text = option_of(name), parameter_help(template, name)
    kind = template.parameters[name].type.value
    if kind == "flag":
        return Annotated[bool | None, typer.Option(f"{option}/--no-{option[2:]}", help=text)]
    metavar = _METAVARS.get(kind, "TEXT")
    return Annotated[str | None, typer.Option(option, metavar=metavar, help=text)]


def _documentation(template: "Template") -> str:
    tips = "\n\n".join(f"Tip: {tip}" for tip in template.tips)
    options = " ".join(
        f"{option_of(name)} {shlex.quote(value)}" for name, value in template.example.items()
    )
    return (
        f"{template.title}.\n\n{template.description}\n\n{tips}\n"
        f"\nExample:\n  steward run {template.name} --store demo {options}\n"
    )


def run(context: typer.Context) -> None:
    """Start a run of a template on a store.

    It is simulated, and what it would change is shown. Nothing is written before the simulated
    changes are approved.

    Example:
      steward run bulk-price --store demo --collection summer --percent -15
      steward run bulk-price --help
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app = new_app(TemplateGroup)
set_default(app, run)
