"""`steward approver`: the people who may decide about change sets, and their roles."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from starter.command_tree import add_command, new_app, set_default
from starter.session import JsonOption, PersonOption, session_of

app = new_app()

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="ROLE", help="A role, such as pricing; may be repeated."),
]


def approvers(context: typer.Context, json: JsonOption = False) -> None:
    """List the people who may decide, and those who no longer may.

    While nobody is registered, everybody may decide, apart from whoever requested the run.

    Example:
      steward approver
    """
    if context.invoked_subcommand is None:
        from starter.registering import list_approvers

        asyncio.run(list_approvers(session_of(context), as_json=json))


def add(
    context: typer.Context,
    name: NameArgument,
    role: RoleOption = None,
    person: PersonOption = None,
) -> None:
    """Register somebody who may decide, or give them other roles.

    From the first person on, only registered people decide.

    Example:
      steward approver add maria --role pricing --role management
    """
    from starter.registering import add_approver

    asyncio.run(add_approver(session_of(context), name, tuple(role or ()), person=person))


def revoke(context: typer.Context, name: NameArgument, person: PersonOption = None) -> None:
    """Let somebody decide no more; what they decided before still counts.

    Example:
      steward approver revoke maria
    """
    from starter.registering import revoke_approver

    asyncio.run(revoke_approver(session_of(context), name, person=person))


set_default(app, approvers)
add_command(app, add, "add")
add_command(app, revoke, "revoke")
