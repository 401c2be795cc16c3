"""How far a run is: its wave, its changes done, its rate and the time that is left."""

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from starter.services import RunReader
from starter.views import counted, duration, is_undo
from steward.audit import AuditKind
from steward.audit_facts import drifted_in
from steward.policy import MOST_LOOKS
from steward.runs import Control, OutcomeCounts, RunRecord, RunStatus, Stage
from steward.waits import Wait

# A rate over a shorter time jumps about; over a longer one it hides that a run has slowed down.
_RATE_OVER_SECONDS = 15.0
_LANDMARK_PERCENT = 5
_WATCHED = {Stage.WATCH, Stage.DONE}
_WRITING = {Stage.EXECUTE, Stage.VERIFY, Stage.COMPENSATE}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is; `rate` in changes per second and `seconds_left` are None while unknown.

    `drifted` is how many changes the watch after the last wave found not as written any more.
    """

    record: RunRecord
    control: Control
    counts: OutcomeCounts | None
    wave: int
    waves: int
    rate: float | None
    is_undo: bool
    wait: Wait | None = None
    drifted: int = 0

    @property
    def settled(self) -> int:
        """How many changes have come to an outcome."""
        return 0 if self.counts is None else self.counts.settled

    @property
    def total(self) -> int:
        """How many changes there are; 0 while that is unknown."""
        return 0 if self.counts is None else self.counts.total

    @property
    def percent(self) -> int:
        """The share of changes done, rounded down."""
        return 100 * self.settled // self.total if self.total else 0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the present rate."""
        return (self.total - self.settled) / self.rate if self.rate else None

    @property
    def landmark(self) -> tuple[object, ...]:
        """What has to change before the progress is worth another line."""
        return (
            self.record.stage,
            self.record.status,
            self.control,
            self.wave,
            self.percent // _LANDMARK_PERCENT,
            None if self.wait is None else self.wait.reason,
            self.drifted,
        )

    def place(self) -> str:
        """Return the stage, and the wave while there is one."""
        stage = self.record.stage
        words = "wait for approval" if stage is Stage.APPROVE else stage.value
        if stage in _WRITING and self.waves:
            words += f", wave {self.wave} of {self.waves}"
        if self.drifted:
            words += f", {counted(self.drifted, 'value')} drifted"
        if self.control is Control.PAUSE:
            return f"{words} (paused)"
        return f"{words} ({self.wait})" if self.wait is not None else words

    def figures(self) -> str:
        """Return the changes done, the rate and the time left, as far as known."""
        if not self.total or self.record.stage not in _WRITING:
            return ""
        figures = f"{self.settled:,} of {self.total:,}"
        if self.rate and self.settled < self.total and self.control is Control.RUN:
            figures += f", {self.rate:.0f}/s, {duration(self.seconds_left or 0)} left"
        return figures

    def sentence(self) -> str:
        """Return all of it in a line."""
        figures = self.figures()
        return f"{self.place()}: {figures} ({self.percent} %)" if figures else self.place()

    def data(self) -> dict[str, Any]:
        """Return all of it for a script."""
        left = self.seconds_left
        return {
            "run_id": self.record.start.run_id,
            "stage": self.record.stage.value,
            "status": self.record.status.value,
            "control": self.control.value,
            "wave": self.wave,
            "waves": self.waves,
            "settled": self.settled,
            "total": self.total,
            "rate_per_second": None if self.rate is None else round(self.rate, 1),
            "seconds_left": None if left is None else round(left),
            "waiting": None if self.wait is None else str(self.wait),
            "drifted": self.drifted,
            "outcomes": None if self.counts is None else self.counts.model_dump(),
            "reason": self.record.reason,
            "exit_code": None
            if self.record.status is RunStatus.RUNNING
            else self.record.exit_code.value,
        }


class ProgressMeter:
    """Measures one run's progress from one look to the next."""

    def __init__(self, reader: RunReader, run_id: str) -> None:
        """Take the ledger and the run."""
        self._reader = reader
        self._run_id = run_id
        self._digest: str | None = None
        self._wave_ends: list[int] = []
        self._seen: deque[tuple[float, int]] = deque()

    async def measure(self, record: RunRecord) -> Progress:
        """Return where the run is."""
        takes_back = record.undo_digest is not None
        digest = record.undo_digest or record.digest
        if digest != self._digest:
            await self._begin(digest)
        counts = None if digest is None else await self._reader.outcomes(self._run_id, digest)
        settled = 0 if counts is None else counts.settled
        return Progress(
            record=record,
            control=await self._reader.control(self._run_id),
            counts=counts,
            wave=min(sum(end <= settled for end in self._wave_ends) + 1, len(self._wave_ends)),
            waves=len(self._wave_ends),
            rate=self._rate(settled) if record.stage in _WRITING else None,
            is_undo=takes_back or is_undo(record),
            wait=await self._wait(record),
            drifted=await self._drifted(record),
        )

    async def _drifted(self, record: RunRecord) -> int:
        if record.stage not in _WATCHED:
            return 0
        told = await self._reader.audit(
            run_id=self._run_id, kind=AuditKind.DRIFTED, limit=2 * MOST_LOOKS
        )
        return len(drifted_in(entry.event for entry in told))

    async def _wait(self, record: RunRecord) -> Wait | None:
        noted = await self._reader.wait(self._run_id)
        if noted is None or record.status is not RunStatus.RUNNING:
            return None
        return noted.left(datetime.now(UTC))

    async def _begin(self, digest: str | None) -> None:
        self._digest = digest
        self._seen.clear()
        self._wave_ends = []
        if digest is not None:
            simulation = await self._reader.simulation(self._run_id, digest)
            self._wave_ends = list(accumulate(wave.size for wave in simulation.plan.waves))

    def _rate(self, settled: int) -> float | None:
        now = time.monotonic()
        self._seen.append((now, settled))
        while now - self._seen[0][0] > _RATE_OVER_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return (settled - before) / (now - since) if settled > before else None
