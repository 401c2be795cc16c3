"""`steward run`: every mistake is told before anything starts; then the impact is shown."""

import json
from collections.abc import Sequence

import pytest

from steward.errors import ExitCode
from steward.runs import RunRequest, RunStatus, Stage
from tests.starter.fakes import Office, Run, a_run, record

GOOD = ("run", "bulk-price", "--store", "demo", "--collection", "summer", "--percent", "-15")


def waits_at_once(run_id: str) -> Run:
    """A run that is simulated after two looks, and then waits for approval."""
    run = a_run(run_id=run_id)
    run.script = [
        record(run_id, stage=Stage.PLAN),
        record(run_id, stage=Stage.SIMULATE),
        *run.script,
    ]
    return run


def request_of(office: Office) -> RunRequest:
    """The one run that was started."""
    (request,) = office.engine_calls.started
    assert isinstance(request, RunRequest)
    return request


def test_run_shows_its_impact_and_what_comes_next(office: Office) -> None:
    """The id comes first, then the impact, the verdict and the commands to go on with."""
    office.engine_calls.on_start = waits_at_once
    called = office.steward(*GOOD)
    run_id = request_of(office).run_id
    assert called.code == ExitCode.OK
    assert called.out.startswith(f"Run {run_id} is started.\n")
    assert "Changes: 4 on 2 products, 4 variants" in called.out
    assert "Prices: 4 lowered: -15.0 %" in called.out
    assert "Verdict: needs approval" in called.out
    assert f"steward diff {run_id}" in called.out
    assert f"steward approve {run_id}" in called.out


def test_run_starts_as_asked(office: Office) -> None:
    """The request carries store, template, agent, parameters as given, and the requester."""
    office.steward(*GOOD, "--show-previous", "--as", "maria", "--detach")
    request = request_of(office)
    assert (request.store, request.template, request.agent) == (
        "demo",
        "bulk-price",
        "pricing-manager",
    )
    assert request.parameters == {
        "collection": "summer",
        "percent": "-15",
        "show_previous": "yes",
    }
    assert request.requested_by == "maria"


def test_requester_is_the_configured_user_by_default(office: Office) -> None:
    """Without --as, the settings say who asks."""
    office.steward(*GOOD, "--detach")
    assert request_of(office).requested_by == "tom"


def test_run_ids_are_readable_and_differ(office: Office) -> None:
    """Two runs of one template on one store have the same beginning and different ids."""
    office.steward(*GOOD, "--detach")
    office.steward(*GOOD, "--detach")
    first, second = (request.run_id for request in office.engine_calls.started)
    assert first.startswith("bulk-price-demo-")
    assert second.startswith("bulk-price-demo-")
    assert first != second


@pytest.mark.parametrize("percent", [["--percent", "-15%"], ["--percent=-15"]])
def test_negative_percentages_are_values(percent: Sequence[str], office: Office) -> None:
    """A value that begins with a minus is no option, with a percent sign or an equals sign."""
    arguments = ("run", "bulk-price", "--store", "demo", "--tag", "sale", *percent, "--detach")
    assert office.steward(*arguments).code == ExitCode.OK
    assert request_of(office).parameters["percent"].startswith("-15")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("run", "bulk-prize"), ExitCode.NOT_FOUND, "Did you mean 'bulk-price'"),
        (("run", "abc"), ExitCode.NOT_FOUND, "Known templates: bulk-price"),
        ((*GOOD, "--store", "dmo"), ExitCode.NOT_FOUND, "Did you mean 'demo'"),
        ((*GOOD, "--store", "x"), ExitCode.NOT_FOUND, "Known stores: demo, outlet"),
        (("run", "bulk-price", "--tag", "a", "--percent", "1"), ExitCode.INVALID_INPUT, "--store"),
        ((*GOOD, "--percent", "much"), ExitCode.INVALID_INPUT, "'much'"),
        ((*GOOD, "--percent", "nan"), ExitCode.INVALID_INPUT, "must be a number"),
        ((*GOOD, "--percent", "-91"), ExitCode.INVALID_INPUT, "Choose between -90 and 200 %"),
        ((*GOOD, "--tag", "sale"), ExitCode.INVALID_INPUT, "2 given"),
        ((*GOOD[:4], "--percent", "-15"), ExitCode.INVALID_INPUT, "0 given"),
        (GOOD[:-2], ExitCode.INVALID_INPUT, "Add --percent"),
        ((*GOOD, "--ending", "1.5"), ExitCode.INVALID_INPUT, "'ending'"),
        ((*GOOD, "--discount", "5"), ExitCode.INVALID_INPUT, "No such option: --discount"),
        ((*GOOD, "--as", "  "), ExitCode.INVALID_INPUT, "--as NAME"),
        ((*GOOD, "--as", "a\x1b[2J"), ExitCode.INVALID_INPUT, "not printable"),
    ],
)
def test_mistakes_are_told_before_anything_starts(
    arguments: Sequence[str], code: ExitCode, told: str, office: Office
) -> None:
    """Bad input gets a sentence and its exit code, and no run is started."""
    called = office.steward(*arguments)
    assert called.code == code
    assert told in called.err
    assert called.out == ""
    assert office.engine_calls.started == []


def test_run_that_cannot_be_simulated_ends_with_its_own_exit_code(office: Office) -> None:
    """A run that ends before its simulation passes its reason and its exit code on."""
    office.engine_calls.on_start = lambda run_id: Run(
        [
            record(
                run_id,
                stage=Stage.DONE,
                status=RunStatus.INVALID,
                reason="No product of store 'demo' is in collection 'summer'.",
                exit_code=ExitCode.INVALID_INPUT,
            )
        ]
    )
    called = office.steward(*GOOD)
    assert called.code == ExitCode.INVALID_INPUT
    assert "Error: No product of store 'demo' is in collection 'summer'." in called.err


def test_run_that_nobody_picks_up_says_so(office: Office) -> None:
    """Where no worker begins, the id is known, the reason is told, and the remedy too."""
    called = office.steward(*GOOD)
    run_id = request_of(office).run_id
    assert called.code == ExitCode.UNREACHABLE
    assert f"Run {run_id} is started." in called.out
    assert "no worker has picked it up" in called.err
    assert "steward doctor" in called.err


def test_run_as_json(office: Office) -> None:
    """With --json the output is one object, and the id comes beside it at once."""
    office.engine_calls.on_start = waits_at_once
    called = office.steward(*GOOD, "--json")
    data = json.loads(called.out)
    assert data["run_id"] == request_of(office).run_id
    assert data["stage"] == "approve"
    assert data["simulation"]["impact"]["changes"] == 4
    assert data["run_id"] in called.err
