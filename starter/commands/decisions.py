"""`steward approve`, `reject` and `withdraw`: deciding about a change set that was simulated."""

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
