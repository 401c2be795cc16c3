"""`steward policy`: the rules that hold, and what they say to a change set."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from starter.command_tree import add_command, new_app, set_default
from starter.session import JsonOption, session_of

app = new_app()

StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="STORE", help="The rules for this store.")
]
AgentOption = Annotated[
    str | None, typer.Option("--agent", metavar="AGENT", help="The rules for this agent.")
]
RunArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]", help="Judge the changes that this run simulated.", show_default=False
    ),
]
ChangesOption = Annotated[
    str | None,
    typer.Option(
        "--changes",
        metavar="FILE",
        help="Judge the changes in a file that `steward diff --json` wrote; - is standard input.",
    ),
]


def policy(
    context: typer.Context,
    store: StoreOption = None,
    agent: AgentOption = None,
    json: JsonOption = False,
) -> None:
    """Show the rules that hold, and the part of the policy file that each comes from.

    Example:
      steward policy
      steward policy --store demo --agent pricing-manager
      steward policy test RUN
    """
    if context.invoked_subcommand is None:
        from starter.judgement import show_policy

        show_policy(session_of(context), store=store, agent=agent, as_json=json)


def judge_changes(
    context: typer.Context,
    run_id: RunArgument = None,
    changes: ChangesOption = None,
    store: StoreOption = None,
    agent: AgentOption = None,
    json: JsonOption = False,
) -> None:
    """Tell what the present rules say to a change set; nothing is started or changed.

    The changes are those of a run, or of a file. Ends with exit code 4 where they are denied.

    Example:
      steward policy test bulk-price-demo-bm8fb2
      steward diff bulk-price-demo-bm8fb2 --all --json | steward policy test --changes -
    """
    from starter.judgement import tell_verdict

    asyncio.run(
        tell_verdict(
            session_of(context), run_id, changes=changes, store=store, agent=agent, as_json=json
        )
    )


set_default(app, policy)
add_command(app, judge_changes, "test")
