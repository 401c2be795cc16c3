"""Access tokens stay where they are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateFailedError

from steward.errors import ExitCode
from steward.runs import RunStatus
from tests.end_to_end.command import assert_refused, steward
from tests.end_to_end.house import REQUESTER, House
from tests.end_to_end.shop import Shop
from tests.end_to_end.truth import assert_store_is_as_before, evidence_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "shpat_0123456789canary0123456789canary"


async def test_token_appears_nowhere(house: House, free_shops: Iterator[Shop]) -> None:
    """Neither files, nor histories, nor output show a token, whether it was accepted or not."""
    shop = next(free_shops)
    place = house.data / "secrets" / shop.name
    token = place.read_text(encoding="ascii")
    accepted = await house.start(shop)
    await house.decide(accepted)
    await house.ended(accepted)
    place.write_text(CANARY, encoding="ascii")
    try:
        told = [
            await steward(house.data, *arguments)
            for arguments in (
                ("run", "bulk-price", "--store", shop.name, "--tag", "sale", "--percent", "-5"),
                ("run", "end-sale", "--store", shop.name, "--tag", "sale", "--json"),
                ("stores",),
                ("stores", "show", shop.name),
                ("runs", "--json"),
                ("doctor",),
            )
        ]
    finally:
        place.write_text(token, encoding="ascii")
    assert_refused(told[0], ExitCode.CREDENTIALS, shop.name, "token")
    assert told[1].code == ExitCode.CREDENTIALS
    texts = [answer.out + answer.err for answer in told]
    async for execution in house.client.list_workflows():
        handle = house.client.get_workflow_handle(execution.id, run_id=execution.run_id)
        texts.append((await handle.fetch_history()).to_json())
    for secret in (token, CANARY):
        assert not [text for text in texts if secret in text]
        assert files_with(house.data, secret) <= {place}


async def test_token_is_in_no_export(house: House, free_shops: Iterator[Shop]) -> None:
    """The trail of a run, of its undo, of refusals and of a refused token names no secret."""
    shop = next(free_shops)
    place = house.data / "secrets" / shop.name
    token = place.read_text(encoding="ascii")
    run = await house.start(shop)
    with pytest.raises(WorkflowUpdateFailedError):
        await house.decide(run, by=REQUESTER)
    await house.decide(run)
    await house.ended(run)
    await steward(house.data, "pause", run.id, user="amir")
    await house.roll_back(run.id)
    place.write_text(CANARY, encoding="ascii")
    try:
        await house.ended(await house.start(shop))
    finally:
        place.write_text(token, encoding="ascii")
    exported = [
        await steward(house.data, "audit", "export", "--format", file_format)
        for file_format in ("jsonl", "csv")
    ]
    for export in exported:
        assert export.code == ExitCode.OK
        assert shop.name in export.out
        assert run.id in export.out
        assert not [secret for secret in (token, CANARY) if secret in export.out]
    verified = await steward(house.data, "audit", "verify", "--store", shop.name)
    assert verified.code == ExitCode.OK, verified


async def test_revoked_token_loses_nothing(house: House, free_shops: Iterator[Shop]) -> None:
    """A token is refused after a write whose answer is lost: once it is back, all can be undone."""
    shop = next(free_shops)
    before = await shop.catalogue()
    place = house.data / "secrets" / shop.name
    token = place.read_text(encoding="ascii")
    run = await house.start(shop)
    await house.waiting(run)
    last = (await house.proposed(run))[-1].product_id
    write = {"kind": "mutation", "resource_id": last}
    held = await shop.disturb("hold_after", match=write)
    await shop.disturb("lost_answer", match=write)
    await house.decide(run)
    await held.holds()
    place.write_text(CANARY, encoding="ascii")
    try:
        await held.release()
        record = await house.ended(run)
    finally:
        place.write_text(token, encoding="ascii")
    assert record.status is RunStatus.FAILED
    assert record.exit_code is ExitCode.CREDENTIALS
    assert f"steward rollback {run.id}" in record.reason
    undo = await house.roll_back(run.id)
    assert undo.status is RunStatus.COMPLETED
    assert_store_is_as_before(await evidence_of(house, shop, run, before, undo=undo))


def files_with(folder: Path, secret: str) -> set[Path]:
    """Return the files under a folder that hold a secret."""
    return {
        file
        for file in folder.rglob("*")
        if file.is_file() and secret.encode() in file.read_bytes()
    }
