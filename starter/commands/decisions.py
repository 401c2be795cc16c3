"""`steward approve`, `reject`, `withdraw` and `edit`: what a run waits for people about."""

from typing import Annotated

import typer

from starter.session import JsonOption, PersonOption, RunArgument, YesOption, session_of

DigestOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIGEST",
        help="Decide about exactly this change set, by its digest or the first 12 signs of it; "
        "by default the one that is shown.",
    ),
]
CommentOption = Annotated[str, typer.Option(metavar="TEXT", help="Kept beside the decision.")]


def approve(
    context: typer.Context,
    run: RunArgument,
    digest: DigestOption = None,
    person: PersonOption = None,
    comment: CommentOption = "",
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Approve the simulated changes of a run.

    Shows what is being approved, and asks. Whoever requested a run cannot approve it. Without a
    terminal, --yes is needed.

    Example:
      steward approve bulk-price-demo-7f3k2c
      steward approve bulk-price-demo-7f3k2c --as maria --comment "as agreed" --yes
    """
    from starter.deciding import decide
    from steward.approvals import DecisionVerdict

    decide(
        session_of(context),
        run,
        DecisionVerdict.APPROVE,
        digest=digest,
        person=person,
        comment=comment,
        yes=yes,
        as_json=json,
    )


def reject(
    context: typer.Context,
    run: RunArgument,
    digest: DigestOption = None,
    person: PersonOption = None,
    comment: CommentOption = "",
    json: JsonOption = False,
) -> None:
    """Reject the simulated changes of a run.

    The run ends, and nothing is written.

    Example:
      steward reject bulk-price-demo-7f3k2c --comment "not before Friday"
    """
    from starter.deciding import decide
    from steward.approvals import DecisionVerdict

    decide(
        session_of(context),
        run,
        DecisionVerdict.REJECT,
        digest=digest,
        person=person,
        comment=comment,
        yes=True,
        as_json=json,
    )


def withdraw(
    context: typer.Context,
    run: RunArgument,
    person: PersonOption = None,
    comment: CommentOption = "",
    json: JsonOption = False,
) -> None:
    """Withdraw your approval of a run that has not begun to write.

    The run waits again where more approvals were needed; otherwise, as in quiet hours, it ends.

    Example:
      steward withdraw bulk-price-demo-7f3k2c --comment "wrong collection"
    """
    from starter.deciding import take_back

    take_back(session_of(context), run, person=person, comment=comment, as_json=json)


ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="TEXT",
        help="Leave this item out, by an id or by whole words of its name; may be repeated.",
    ),
]
ExcludeFieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude-field",
        metavar="FIELD",
        help="Leave this field out, of the items that --exclude names, else of all; may be "
        "repeated.",
    ),
]
CapOption = Annotated[
    str | None,
    typer.Option(
        "--cap",
        metavar="PERCENT%|AMOUNT",
        help="Let no price and no stock move farther than this from what it is.",
    ),
]
CapFieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--cap-field", metavar="FIELD", help="The cap is for this field only; may be repeated."
    ),
]


def edit(  # noqa: PLR0917 - its options
    context: typer.Context,
    run: RunArgument,
    exclude: ExcludeOption = None,
    exclude_field: ExcludeFieldOption = None,
    cap: CapOption = None,
    cap_field: CapFieldOption = None,
    digest: DigestOption = None,
    person: PersonOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Make the changes smaller that a run waits to have approved.

    Leaves items or fields out, or caps how far numbers move. Shows what is left, asks, and has it
    simulated and judged again. Approvals given so far no longer count, and whoever edits may not
    approve what comes of it. The deadline stays.

    Example:
      steward edit bulk-price-demo-7f3k2c --exclude "Linen Shirt"
      steward edit bulk-price-demo-7f3k2c --cap 10% --yes
      steward edit bulk-price-demo-7f3k2c --exclude SKU-12 --exclude-field compare_at_price
    """
    from starter.editing import edit_run, edit_wanted

    edit_run(
        session_of(context),
        run,
        edit_wanted(
            exclude=exclude or [],
            exclude_fields=exclude_field or [],
            cap=cap,
            cap_fields=cap_field or [],
        ),
        digest=digest,
        person=person,
        yes=yes,
        as_json=json,
    )
