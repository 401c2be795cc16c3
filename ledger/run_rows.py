"""Runs as rows: how they begin, what they propose and simulate, who decides, how they end."""

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.change_rows import any_begun
from ledger.statements import insert_new
from ledger.tables import CHANGE_SETS, CONTROLS, DECISIONS, INTENTS, RUNS, SNAPSHOTS
from steward.approvals import Decision, DecisionRecord
from steward.catalog import Snapshot
from steward.errors import ExitCode, RunNotActive, UnknownRun
from steward.intents import Intent
from steward.runs import Control, RunEnd, RunRecord, RunStart, RunStatus, Stage
from steward.simulation import Simulation


def unknown_run(run_id: str) -> UnknownRun:
    """Return the error for a run that the ledger does not hold."""
    return UnknownRun(f"There is no run '{run_id}'.", remedy="`steward runs` lists them.")


async def insert_run(connection: AsyncConnection, start: RunStart) -> bool:
    """Insert a run that begins, unless it is there; return whether it is new."""
    begun = {"stage": Stage.PLAN, "status": RunStatus.RUNNING, "reason": "", "exit_code": 0}
    return await insert_new(connection, RUNS, dict(start) | begun)


async def read_run(connection: AsyncConnection, run_id: str) -> RunRecord:
    """Return the run; raises `UnknownRun`."""
    row = (await connection.execute(select(RUNS).where(RUNS.c.run_id == run_id))).first()
    if row is None:
        raise unknown_run(run_id)
    return run_record(row)


async def read_runs(
    connection: AsyncConnection,
    *,
    limit: int,
    store: str | None,
    status: RunStatus | None,
    stage: Stage | None,
) -> Sequence[RunRecord]:
    """Return the runs that match, newest first."""
    statement = select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.run_id).limit(limit)
    wanted = ((RUNS.c.store, store), (RUNS.c.status, status), (RUNS.c.stage, stage))
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    return [run_record(row) for row in await connection.execute(statement)]


def run_record(row: Row[Any]) -> RunRecord:
    """Return the run that the row holds."""
    return RunRecord(
        start=RunStart(**{name: getattr(row, name) for name in RunStart.model_fields}),
        stage=row.stage,
        status=row.status,
        reason=row.reason,
        exit_code=ExitCode(row.exit_code),
        ended_at=row.ended_at,
        digest=row.digest,
        undo_digest=row.undo_digest,
    )


async def read_undoing(connection: AsyncConnection, run_id: str) -> Sequence[RunRecord]:
    """Return the rollbacks of a run, in the order they began."""
    statement = select(RUNS).where(RUNS.c.undoes == run_id).order_by(RUNS.c.started_at)
    return [run_record(row) for row in await connection.execute(statement)]


async def update_stage(connection: AsyncConnection, run_id: str, stage: Stage) -> None:
    """Set the stage of a run that has not ended; raises `UnknownRun`."""
    still_running = (RUNS.c.run_id == run_id) & (RUNS.c.status == RunStatus.RUNNING)
    result = await connection.execute(update(RUNS).where(still_running).values(stage=stage))
    if result.rowcount == 0:
        await read_run(connection, run_id)


async def require_running(connection: AsyncConnection, run_id: str) -> None:
    """Lock a run that has not ended; raises `UnknownRun` or `RunNotActive`."""
    statement = select(RUNS.c.status).where(RUNS.c.run_id == run_id).with_for_update()
    row = (await connection.execute(statement)).first()
    if row is None:
        raise unknown_run(run_id)
    if row.status is not RunStatus.RUNNING:
        raise RunNotActive(
            f"Run '{run_id}' has ended.", remedy=f"See how with `steward show {run_id}`."
        )


async def require_named(connection: AsyncConnection, run_id: str, digest: str) -> None:
    """Let nothing be written but what the record of a run names; raises `RunNotActive`.

    A workflow that goes on from an earlier point of its history may still hold what an edit
    replaced.
    """
    statement = select(RUNS.c.digest, RUNS.c.undo_digest).where(RUNS.c.run_id == run_id)
    row = (await connection.execute(statement)).one()
    if digest not in {row.digest, row.undo_digest}:
        raise RunNotActive(
            f"Run '{run_id}' no longer executes change set {digest[:12]}.",
            remedy=f"See what it executes with `steward show {run_id}`.",
        )


async def update_end(connection: AsyncConnection, end: RunEnd, stage: Stage | None) -> None:
    """Set how a run ended, and in which stage where given, unless it has; raises `UnknownRun`."""
    still_running = (RUNS.c.run_id == end.run_id) & (RUNS.c.status == RunStatus.RUNNING)
    result = await connection.execute(
        update(RUNS)
        .where(still_running)
        .values(
            status=end.status,
            reason=end.reason,
            exit_code=int(end.exit_code),
            ended_at=end.ended_at,
            **({} if stage is None else {"stage": stage}),
        )
    )
    if result.rowcount == 0:
        await read_run(connection, end.run_id)


async def insert_intent(connection: AsyncConnection, run_id: str, intent: Intent) -> None:
    """Insert what the agent proposes, or replace an earlier proposal; raises `UnknownRun`."""
    await read_run(connection, run_id)
    if not await insert_new(connection, INTENTS, {"run_id": run_id, "intent": intent}):
        await connection.execute(
            update(INTENTS).where(INTENTS.c.run_id == run_id).values(intent=intent)
        )


async def read_intent(connection: AsyncConnection, run_id: str) -> Intent:
    """Return what the agent proposes; raises `UnknownRun`."""
    statement = select(INTENTS.c.intent).where(INTENTS.c.run_id == run_id)
    intent: Intent | None = await connection.scalar(statement)
    if intent is None:
        await read_run(connection, run_id)
        raise UnknownRun(
            f"Run '{run_id}' has proposed nothing yet.",
            remedy=f"See its stage with `steward show {run_id}`.",
        )
    return intent


async def insert_change_set(
    connection: AsyncConnection, simulation: Simulation, snapshot_digest: str | None
) -> bool:
    """Insert a simulated change set unless it is there; return whether it was new."""
    row = {
        "run_id": simulation.run_id,
        "digest": simulation.plan.digest,
        "store": simulation.store,
        "changes": simulation.plan.changes,
        "simulated_at": simulation.simulated_at,
        "simulation": simulation,
        "snapshot_digest": snapshot_digest,
    }
    return await insert_new(connection, CHANGE_SETS, row)


async def name_change_set(
    connection: AsyncConnection, run_id: str, digest: str, *, undoes_own_run: bool
) -> None:
    """Let the run's record name the change set; raises `UnknownRun` or `RunNotActive`.

    Another change set that has begun to be written stays named: forgetting it would lose what
    there is to undo.
    """
    column = RUNS.c.undo_digest if undoes_own_run else RUNS.c.digest
    statement = select(column.label("named")).where(RUNS.c.run_id == run_id).with_for_update()
    row = (await connection.execute(statement)).first()
    if row is None:
        raise unknown_run(run_id)
    if row.named == digest:
        return
    if row.named is not None and await any_begun(connection, run_id, row.named):
        raise RunNotActive(
            f"Run '{run_id}' already executes another change set.",
            remedy="Start a new run for further changes.",
        )
    await connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values({column: digest}))


async def read_simulation(connection: AsyncConnection, run_id: str, digest: str) -> Simulation:
    """Return the simulation of a change set; raises `UnknownRun`."""
    statement = select(CHANGE_SETS.c.simulation).where(
        CHANGE_SETS.c.run_id == run_id, CHANGE_SETS.c.digest == digest
    )
    simulation: Simulation | None = await connection.scalar(statement)
    if simulation is None:
        await read_run(connection, run_id)
        raise UnknownRun(
            f"Run '{run_id}' has simulated no change set {digest[:12]}.",
            remedy=f"See its change set with `steward show {run_id}`.",
        )
    return simulation


def snapshot_row(snapshot: Snapshot) -> dict[str, Any]:
    """Return the snapshot as a row; takes a noticeable time for a large catalogue."""
    content = snapshot.model_dump_json().encode()
    return {
        "snapshot_digest": hashlib.sha256(content).hexdigest(),
        "store": snapshot.store,
        "selection": snapshot.selection,
        "taken_at": snapshot.taken_at,
        "content": zlib.compress(content),
    }


async def read_snapshot_content(
    connection: AsyncConnection, run_id: str, digest: str
) -> bytes | None:
    """Return the compressed snapshot of a change set, or None where it was made without."""
    content: bytes | None = await connection.scalar(
        select(SNAPSHOTS.c.content)
        .join(CHANGE_SETS, CHANGE_SETS.c.snapshot_digest == SNAPSHOTS.c.snapshot_digest)
        .where(CHANGE_SETS.c.run_id == run_id, CHANGE_SETS.c.digest == digest)
    )
    return content


def parse_snapshot(content: bytes) -> Snapshot:
    """Return the snapshot that `snapshot_row` compressed."""
    return Snapshot.model_validate_json(zlib.decompress(content))


async def insert_decision(connection: AsyncConnection, record: DecisionRecord) -> None:
    """Insert a decision, unless the very same record is there."""
    decision = record.decision
    row = {
        "fingerprint": record.fingerprint,
        "run_id": decision.run_id,
        "digest": decision.digest,
        "verdict": decision.verdict,
        "decided_by": decision.by,
        "comment": decision.comment,
        "door": record.door,
        "decided_at": record.at,
        "refusal": record.refusal,
    }
    await insert_new(connection, DECISIONS, row)


async def read_decisions(
    connection: AsyncConnection, run_id: str, *, or_recorded_as: Sequence[str] = ()
) -> list[DecisionRecord]:
    """Return the decisions about a run, and those with these fingerprints, as they came."""
    statement = select(DECISIONS).where(
        or_(DECISIONS.c.run_id == run_id, DECISIONS.c.fingerprint.in_(or_recorded_as))
    )
    # Two that come together are recorded by two steps, of which the later may be the faster.
    ordered = statement.order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)
    return [
        DecisionRecord(
            decision=Decision(
                run_id=row.run_id,
                digest=row.digest,
                verdict=row.verdict,
                by=row.decided_by,
                comment=row.comment,
            ),
            door=row.door,
            at=row.decided_at,
            refusal=row.refusal,
        )
        for row in await connection.execute(ordered)
    ]


async def read_control(connection: AsyncConnection, run_id: str) -> Control:
    """Return whether the run may go on, which it may until somebody says otherwise."""
    statement = select(CONTROLS.c.control).where(CONTROLS.c.run_id == run_id)
    control: Control | None = await connection.scalar(statement)
    return control or Control.RUN
