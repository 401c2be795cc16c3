"""A session: the screen and the services that one call of the command works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from starter.screen import Screen
    from starter.services import Services

StoreOption = Annotated[str | None, typer.Option("--store", help="Only this store.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
PersonOption = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="NAME", help="Act as this person, else as STEWARD_USER, else as your login."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run.")]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the command waits: between two looks, for a worker, and for a confirmation.

    All in seconds.
    """

    between_looks: float = 0.3
    until_picked_up: float = 15.0
    until_confirmed: float = 10.0


@dataclass(frozen=True, slots=True)
class Session:
    """What one call of the command works with."""

    screen: Screen
    services: Services
    pace: Pace = Pace()


def session_of(context: typer.Context) -> Session:
    """Return the session of the call that a command serves."""
    session = context.find_object(Session)
    if session is None:
        raise RuntimeError("a command was called without a session")
    return session
