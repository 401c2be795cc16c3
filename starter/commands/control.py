"""`steward pause`, `resume`, `cancel`, `rollback` and `follow-up`: steering and going on."""

import asyncio
from typing import Annotated

import typer

from starter.session import JsonOption, PersonOption, RunArgument, YesOption, session_of

ReasonOption = Annotated[str, typer.Option(metavar="TEXT", help="Kept in the audit trail.")]


def pause(
    context: typer.Context,
    run: RunArgument,
    person: PersonOption = None,
    reason: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """Pause a run before its next write.

    Example:
      steward pause bulk-price-demo-7f3k2c --reason "checking a price"
    """
    from starter.steering import steer
    from steward.runs import Control

    asyncio.run(
        steer(session_of(context), run, Control.PAUSE, person=person, reason=reason, as_json=json)
    )


def resume(
    context: typer.Context,
    run: RunArgument,
    person: PersonOption = None,
    reason: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """Let a paused run go on.

    Example:
      steward resume bulk-price-demo-7f3k2c
    """
    from starter.steering import steer
    from steward.runs import Control

    asyncio.run(
        steer(session_of(context), run, Control.RUN, person=person, reason=reason, as_json=json)
    )


def cancel(
    context: typer.Context,
    run: RunArgument,
    person: PersonOption = None,
    reason: ReasonOption = "",
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Stop a run, and take back what it wrote.

    It stops before its next write. A run that has written and verified everything, and only watches
    it, ends its watch and takes nothing back: undo it with `steward rollback`.

    Example:
      steward cancel bulk-price-demo-7f3k2c --reason "wrong collection" --yes
    """
    from starter.steering import cancel_run

    cancel_run(session_of(context), run, person=person, reason=reason, yes=yes, as_json=json)


ItemOption = Annotated[
    list[str] | None,
    typer.Option(
        "--item",
        metavar="TEXT",
        help="Only this item, by an id or by whole words of its name; may be repeated.",
    ),
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="FIELD", help="Only this field; may be repeated."),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Overwrite values that somebody changed since, too.")
]


def rollback(  # noqa: PLR0917 - its options
    context: typer.Context,
    run: RunArgument,
    item: ItemOption = None,
    field: FieldOption = None,
    force: ForceOption = False,
    person: PersonOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Undo what an earlier run wrote, or a part of it.

    Shows a preview, asks, and restores. A value that somebody changed since is kept and reported;
    with --force it is overwritten too, which somebody else has to approve.

    Example:
      steward rollback bulk-price-demo-7f3k2c
      steward rollback bulk-price-demo-7f3k2c --field price --item "Linen Shirt"
      steward rollback bulk-price-demo-7f3k2c --yes --json
    """
    from starter.undoing import undo_run, undo_scope

    undo_run(
        session_of(context),
        run,
        undo_scope(items=item or [], fields=field or [], force=force),
        person=person,
        yes=yes,
        as_json=json,
    )


def follow_up(
    context: typer.Context,
    run: RunArgument,
    person: PersonOption = None,
    json: JsonOption = False,
) -> None:
    """Ask once more for what a run left alone, since somebody had changed it.

    Starts a run of its own, from the values that the store holds now to those that were wanted. It
    is simulated, and needs an approval of its own.

    Example:
      steward follow-up bulk-price-demo-7f3k2c
    """
    from starter.following_up import follow_up

    asyncio.run(follow_up(session_of(context), run, person=person, as_json=json))
