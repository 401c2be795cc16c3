"""`steward templates`: the ready agents for common jobs, and what they take."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.command_tree import add_command, new_app, set_default
from starter.parameters import option_of, parameter_help
from starter.screen import Column
from starter.session import JsonOption, session_of
from steward.claims import WhenClaimed

app = new_app()

_IN_USE = {
    WhenClaimed.WAIT: "waits until a run has ended that changes the same fields",
    WhenClaimed.REFUSE: "is refused while another run changes the same fields",
}


def templates(context: typer.Context, json: JsonOption = False) -> None:
    """List the ready agents for common jobs.

    Example:
      steward templates
    """
    if context.invoked_subcommand is not None:
        return
    from connectors.templates import PackagedTemplates

    session = session_of(context)
    known = PackagedTemplates().templates()
    if json:
        session.screen.data([template.model_dump(mode="json") for template in known])
        return
    session.screen.table(
        (Column("name", width=16), Column("agent", width=18), Column("what it does")),
        [(template.name, template.agent, template.title) for template in known],
    )


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TEMPLATE", help="Name of the template.")],
    json: JsonOption = False,
) -> None:
    """Show what a template does, the parameters that it takes, and tips.

    Example:
      steward templates show bulk-price
    """
    from connectors.templates import PackagedTemplates

    session = session_of(context)
    template = PackagedTemplates().template(name)
    screen = session.screen
    if json:
        screen.data(template.model_dump(mode="json"))
        return
    screen.facts(
        (
            ("Template", template.name),
            ("Agent", template.agent),
            ("Does", template.description),
            ("Fields in use", _IN_USE[template.when_claimed]),
            *(("Tip", tip) for tip in template.tips),
        )
    )
    screen.say()
    screen.facts(
        (option_of(parameter), parameter_help(template, parameter))
        for parameter in template.parameters
    )
    screen.say()
    screen.say(f"Start it with: steward run {template.name} --store STORE ...")


set_default(app, templates)
add_command(app, show, "show")
