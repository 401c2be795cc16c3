"""`steward stores`: which stores are configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starter.command_tree import add_command, new_app, set_default
from starter.configured import REMEDY_NO_STORES, known_store
from starter.screen import Column
from starter.session import JsonOption, session_of

if TYPE_CHECKING:
    from starter.services import StoreEntry

app = new_app()


def _data(name: str, entry: StoreEntry) -> dict[str, str]:
    return {"name": name, "platform": entry.platform, "address": entry.address}


def stores(context: typer.Context, json: JsonOption = False) -> None:
    """List the configured stores.

    Example:
      steward stores
      steward stores --json
    """
    if context.invoked_subcommand is not None:
        return
    session = session_of(context)
    entries = session.services.stores()
    if json:
        session.screen.data([_data(name, entry) for name, entry in entries.items()])
    elif not entries:
        session.screen.note(f"No store is configured. {REMEDY_NO_STORES}")
    else:
        session.screen.table(
            (Column("name", width=20), Column("platform", width=16), Column("address")),
            [(name, entry.platform, entry.address) for name, entry in entries.items()],
        )


def show(
    context: typer.Context,
    store: Annotated[str, typer.Argument(metavar="STORE", help="Name of the store.")],
    json: JsonOption = False,
) -> None:
    """Show how one store is configured.

    Example:
      steward stores show demo
    """
    session = session_of(context)
    entry = session.services.stores()[known_store(session.services, store)]
    if json:
        session.screen.data(_data(store, entry))
        return
    session.screen.facts(
        (
            ("Store", store),
            ("Platform", entry.platform),
            ("Address", entry.address),
            ("Access token", f"kept in {entry.access_token}"),
            ("Runs", f"steward runs --store {store}"),
        )
    )


set_default(app, stores)
add_command(app, show, "show")
