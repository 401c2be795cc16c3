"""Records the histories that replay tests hold workflow code against; see CONTRIBUTING.

Run `make histories` only together with a release note on replay compatibility: what is committed
stands for runs that are under way in somebody's installation. Names of scenarios, as in `python -m
tests.workflows.record_histories invalid`, leave the others alone.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError

from steward.approvals import DecisionVerdict
from steward.audit import AuditKind
from steward.edit_requests import EditRequest
from steward.editing import Cap, CapUnit, Edit
from steward.errors import CredentialsRejected
from steward.execution import WriteRequest
from steward.policy import Policy, Watch
from steward.runs import Attempt, ControlRequest, RefusedAttempt, RunResult, Stage
from tests.workflows.conftest import House, connected, dev_server, furnished
from tests.workflows.fakes import usd
from workflows.names import CANCEL, DECIDE, EDIT, PAUSE, RECORD_REFUSAL, RESUME, WORKFLOW_QUEUE

HISTORIES = Path(__file__).parent / "histories"
Handles = Sequence[WorkflowHandle[object, RunResult]]


async def completed_and_undone(house: House) -> Handles:
    """A run that completes, and its undo after a look at the preview."""
    run = await house.start()
    await house.decide(run)
    await run.result()
    undo = await house.start_rollback(run.id, confirm=True)
    await house.decide(undo, by="rita")
    await undo.result()
    return run, undo


async def rejected_after_a_signal_in_vain(house: House) -> Handles:
    """A run whose requester tries to approve it, before somebody else rejects it."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    await run.signal(
        DECIDE,
        {"run_id": run.id, "digest": record.digest, "verdict": "approve", "by": "rita"},
    )
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    return (run,)


async def paused_resumed_and_cancelled(house: House) -> Handles:
    """A run that is paused under way, resumed, and cancelled by a signal."""
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await asyncio.sleep(1)
    await run.signal(PAUSE, ControlRequest(by="amir"))
    await asyncio.sleep(1)
    await run.signal(RESUME)
    await asyncio.sleep(0.5)
    await run.signal(CANCEL, ControlRequest(by="amir"))
    await run.result()
    return (run,)


async def cancelled_by_the_engine(house: House) -> Handles:
    """A run that the engine cancels under way."""
    house.shop.seconds_per_write = 0.2
    run = await house.start()
    await house.decide(run)
    await asyncio.sleep(1)
    await run.cancel()
    await _fails(run)
    return (run,)


async def compensated_after_a_failure(house: House) -> Handles:
    """A run that loses its credentials under way, and takes back what it wrote."""
    undoing: list[str] = []

    def revoke(request: WriteRequest) -> None:
        if request.resource == "product-0020" and not undoing:
            undoing.append(request.resource)
            raise CredentialsRejected("The token was revoked.")

    house.shop.before_write = revoke
    run = await house.start()
    await house.decide(run)
    await run.result()
    return (run,)


async def invalid(house: House) -> Handles:
    """A run that selects nothing."""
    run = await house.start(tag="winter")
    await _fails(run)
    return (run,)


async def refused_by_both_doors_and_after_its_end(house: House) -> Handles:
    """A run that refuses an update, a signal and a pause, and of which more is asked once it ended.

    What is asked last is recorded by a workflow of its own, whose history comes last.
    """
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    try:
        await house.decide(run, by="rita")
    except WorkflowUpdateFailedError:
        await run.signal(
            DECIDE,
            {"run_id": run.id, "digest": record.digest, "verdict": "approve", "by": "rita"},
        )
    for signal in (PAUSE, PAUSE, RESUME):
        await run.signal(signal, ControlRequest(by="amir"))
    await house.decide(run, verdict=DecisionVerdict.REJECT)
    await run.result()
    refused = RefusedAttempt(
        run_id=run.id, store="demo", attempt=Attempt.CANCEL, by="amir", reason="It has ended."
    )
    afterwards = await house.client.start_workflow(
        RECORD_REFUSAL, refused, id=f"refused-{run.id}", task_queue=WORKFLOW_QUEUE
    )
    await afterwards.result()
    return run, afterwards


async def edited_and_then_approved(house: House) -> Handles:
    """A run that is edited in vain, then edited, and approved by somebody else."""
    run = await house.start()
    record = await house.reached(run.id, Stage.APPROVE)
    for digest in ("0" * 64, record.digest or ""):
        wanted = Edit(exclude=("product-0000",), cap=Cap(limit=Decimal(5), unit=CapUnit.PERCENT))
        request = EditRequest(run_id=run.id, digest=digest, by="maria", edit=wanted)
        with suppress(WorkflowUpdateFailedError):
            await run.execute_update(EDIT, request)
    with suppress(WorkflowUpdateFailedError):
        await house.decide(run, by="maria")
    await house.decide(run)
    await run.result()
    return (run,)


async def watched_and_ended_early(house: House) -> Handles:
    """A run whose watch finds drift, is paused and resumed, and is ended by a person."""
    run = await house.start()
    await house.decide(run)
    await house.reached(run.id, Stage.WATCH)
    house.shop.values.update(dict.fromkeys(house.shop.values, usd("1.11")))
    await asyncio.sleep(3)
    assert await house.reader.audit(run_id=run.id, kind=AuditKind.DRIFTED)
    await run.signal(PAUSE, ControlRequest(by="amir"))
    await asyncio.sleep(2)
    await run.signal(RESUME, ControlRequest(by="amir"))
    await asyncio.sleep(2)
    await run.signal(CANCEL, ControlRequest(by="amir"))
    await run.result()
    return (run,)


async def _fails(run: WorkflowHandle[object, RunResult]) -> None:
    try:
        await run.result()
    except WorkflowFailureError:
        return
    raise AssertionError("the run was to fail")


SCENARIOS: Sequence[Callable[[House], Awaitable[Handles]]] = (
    completed_and_undone,
    rejected_after_a_signal_in_vain,
    paused_resumed_and_cancelled,
    cancelled_by_the_engine,
    compensated_after_a_failure,
    invalid,
    refused_by_both_doors_and_after_its_end,
    edited_and_then_approved,
    watched_and_ended_early,
)
_WATCH = Watch(lasting=timedelta(minutes=3), every=timedelta(seconds=1), sample=50)
POLICIES: Mapping[str, Policy] = {watched_and_ended_early.__name__: Policy(watch=_WATCH)}


async def record(names: Sequence[str] = ()) -> None:
    """Run the scenarios of these names, or all, on a real server, and write the histories."""
    HISTORIES.mkdir(exist_ok=True)
    with dev_server() as address:
        client = await connected(address)
        for scenario in (one for one in SCENARIOS if not names or one.__name__ in names):
            with tempfile.TemporaryDirectory() as folder:
                policy = POLICIES.get(scenario.__name__, Policy())
                async with furnished(client, Path(folder), policy) as house:
                    for handle in await scenario(house):
                        history = await handle.fetch_history()
                        kind = (await handle.describe()).workflow_type
                        file = HISTORIES / f"{kind}-{scenario.__name__}.json"
                        content = _without_origin(history.to_json_dict())
                        file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
                        sys.stdout.write(f"{file.name}: {len(history.events)} events\n")


def _without_origin(content: object) -> object:
    """Return the history without the machine that it was recorded on, which replay ignores."""
    match content:
        case dict():
            return {
                key: _without_origin(value)
                for key, value in content.items()
                if key not in {"stackTrace", "identity"}
            }
        case list():
            return [_without_origin(item) for item in content]
        case _:
            return content


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:]))
