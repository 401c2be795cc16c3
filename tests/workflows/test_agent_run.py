"""A run from its request to its end, on a real Temporal server with a real ledger."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from steward.approvals import DecisionVerdict, Standing
from steward.changes import FieldName
from steward.errors import AnswerLost, CredentialsRejected, ExitCode, StoreUnreachable
from steward.execution import WriteRequest
from steward.runs import RunStatus, Stage
from tests.workflows.conftest import House
from tests.workflows.fakes import usd


async def test_an_approved_run_applies_every_change_once(house: House) -> None:
    """After the approval each change is written exactly once, verified, and the run completes."""
    run = await house.start()
    assert await house.decide(run) is Standing.APPROVED
    result = await run.result()
    assert result.status is RunStatus.COMPLETED
    assert result.outcomes.applied == 200
    assert len(house.shop.written) == 200
    assert len({change.target for change in house.shop.written}) == 200
    assert all(house.shop.values[change.target] == change.after for change in house.shop.written)


async def test_nothing_is_written_before_the_approval(house: House) -> None:
    """A run that waits for people has written nothing to the store."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    assert house.shop.written == []
    assert record.digest is not None


async def test_a_rejected_run_writes_nothing(house: House) -> None:
    """One rejection ends the run, with the approver's name in the reason."""
    run = await house.start()
    assert await house.decide(run, verdict=DecisionVerdict.REJECT) is Standing.REJECTED
    result = await run.result()
    assert result.status is RunStatus.REJECTED
    assert "amir" in result.reason
    assert house.shop.written == []


async def test_an_empty_selection_ends_the_run_as_invalid(house: House) -> None:
    """A selection without products fails the run with the exit code for invalid input."""
    run = await house.start(tag="winter")
    with pytest.raises(WorkflowFailureError) as failure:
        await run.result()
    assert isinstance(failure.value.cause, ApplicationError)
    assert "tag 'winter'" in failure.value.cause.message
    record = await house.ledger.load_run(run.id)
    assert (record.status, record.exit_code) == (RunStatus.INVALID, ExitCode.INVALID_INPUT)


async def test_an_unknown_store_ends_the_run_as_invalid(house: House) -> None:
    """A store that is not configured fails the run with the exit code for unknown names."""
    run = await house.start(store="elsewhere")
    with pytest.raises(WorkflowFailureError):
        await run.result()
    record = await house.ledger.load_run(run.id)
    assert (record.status, record.exit_code) == (RunStatus.INVALID, ExitCode.NOT_FOUND)


async def test_a_policy_denial_asks_nobody(house: House) -> None:
    """A price move beyond the policy's limit ends the run as denied, with the rule named."""
    run = await house.start(percent="-95")
    result = await run.result()
    assert result.status is RunStatus.DENIED
    assert "at most 90 %" in result.reason


async def test_a_lost_answer_is_resolved_by_reading(house: House) -> None:
    """A write whose answer is lost is not repeated: reading shows that it was applied."""
    lost: list[str] = []

    def lose_once(request: WriteRequest) -> None:
        if not lost:
            lost.append(request.resource)
            raise AnswerLost("No answer came.")

    house.shop.after_write = lose_once
    run = await house.start()
    await house.decide(run)
    result = await run.result()
    assert lost
    assert result.outcomes.applied == 200
    assert len(house.shop.written) == 200


async def test_an_outage_is_sat_out(house: House) -> None:
    """A store that is down for a while only delays the run."""
    failures = [3]

    def fail_a_few_times(_: WriteRequest) -> None:
        if failures[0]:
            failures[0] -= 1
            raise StoreUnreachable("The store is down.")

    house.shop.before_write = fail_a_few_times
    run = await house.start()
    await house.decide(run)
    assert (await run.result()).outcomes.applied == 200
    assert len(house.shop.written) == 200


async def test_a_permanent_failure_takes_back_what_was_written(house: House) -> None:
    """When the credentials stop working half way, what was written is undone, value for value."""
    before = dict(house.shop.values)
    undoing = [False]

    def revoke(request: WriteRequest) -> None:
        if request.resource == "product-0020" and not undoing[0]:
            undoing[0] = True
            raise CredentialsRejected("The token was revoked.", remedy="Make a new one.")

    house.shop.before_write = revoke
    run = await house.start()
    await house.decide(run)
    result = await run.result()
    assert result.status is RunStatus.COMPENSATED
    assert "The token was revoked." in result.reason
    assert house.shop.values == before


async def test_a_value_that_moved_is_set_aside(house: House) -> None:
    """A price that somebody changed after the simulation is kept and reported as moved."""
    run = await house.start()
    await house.reached(run.id, Stage.APPROVE)
    target = next(target for target in house.shop.values if target.field is FieldName.PRICE)
    house.shop.values[target] = usd("3.33")
    await house.decide(run)
    result = await run.result()
    assert result.status is RunStatus.COMPLETED
    assert (result.outcomes.applied, result.outcomes.moved) == (199, 1)
    assert house.shop.values[target] == usd("3.33")
