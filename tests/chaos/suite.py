"""All batches of a chaos suite, on one stack, and what they add up to."""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.batch import JudgedRun, carry_out
from tests.chaos.schedule import Accident, batches, draw_run
from tests.chaos.stage import standing_stage
from tests.chaos.verdict import Breach, Finding
from tests.end_to_end.jobs import PLATFORMS


@dataclass
class Tally:
    """What has been found so far."""

    runs: list[JudgedRun] = field(default_factory=list)
    _findings: list[Finding] = field(default_factory=list)

    def add(self, runs: Sequence[JudgedRun], homeless: Sequence[Finding]) -> None:
        """Take a batch, and what was found in it that belongs to no run."""
        self.runs += runs
        self._findings += [*homeless, *(one for run in runs for one in run.findings)]

    @property
    def findings(self) -> Sequence[Finding]:
        """All findings, in the order of the batches."""
        return self._findings

    @property
    def breaches(self) -> Sequence[Finding]:
        """The findings that no documented limit explains."""
        return [one for one in self.findings if one.breach is not Breach.SAME_AGAIN]

    def accidents(self) -> Counter[Accident]:
        """Return how often each accident happened."""
        return Counter(one.accident for run in self.runs for one in run.planned.accidents)

    def statuses(self) -> Counter[str]:
        """Return how the runs ended."""
        return Counter(run.status for run in self.runs)

    def found(self, runs: Sequence[JudgedRun]) -> Counter[Breach]:
        """Return how often each breach was found with these runs."""
        return Counter(one.breach for run in runs for one in run.findings)

    def on(self, platform: str) -> Sequence[JudgedRun]:
        """Return the runs on a platform."""
        return [run for run in self.runs if run.planned.platform == platform]

    def under(self, accident: Accident) -> Sequence[JudgedRun]:
        """Return the runs that brought an accident along."""
        return [
            run for run in self.runs if accident in {one.accident for one in run.planned.accidents}
        ]

    def as_figures(self) -> dict[str, object]:
        """Return everything as JSON values."""
        return {
            "platforms": {name: self._row(self.on(name)) for name in PLATFORMS},
            "accidents": {
                accident: {"happened": count, **self._row(self.under(accident))}
                for accident, count in sorted(self.accidents().items())
            },
            "ended": dict(self.statuses()),
            "answers": dict(Counter(run.planned.answer for run in self.runs)),
            "total": {"happened": self.accidents().total(), **self._row(self.runs)}
            | {breach.value: 0 for breach in Breach}
            | Counter(one.breach.value for one in self.findings),
            "findings": [
                {"breach": one.breach, "run": one.run_id, "text": one.text} for one in self.findings
            ],
        }

    def _row(self, runs: Sequence[JudgedRun]) -> dict[str, object]:
        found = self.found(runs)
        return {
            "runs": len(runs),
            "changes_applied": sum(run.applied for run in runs),
            **{breach.value: found[breach] for breach in Breach},
        }


async def chaos(
    data: Path, *, seed: int, first: int, runs: int, possible: frozenset[Accident]
) -> AsyncGenerator[Tally, None]:
    """Carry out the runs of a seed from the number `first` on; yield the tally after each batch."""
    tally = Tally()
    async with standing_stage(data, possible) as stage:
        for numbers in batches(first, runs):
            planned = [draw_run(seed, number, possible) for number in numbers]
            judged, homeless = await carry_out(stage, planned, seed)
            tally.add(judged, homeless)
            yield tally
