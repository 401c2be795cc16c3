"""What a batch of runs is to do and to suffer, drawn from a seed: the same seed, the same draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from random import Random

from tests.end_to_end.jobs import PLATFORMS, Job, jobs_on

RUNS_AT_ONCE = 30
_MOST_PRODUCTS = 14
_FEWEST_PRODUCTS = 6


class Accident(StrEnum):
    """Something that happens while runs are under way."""

    WORKER_KILLED = "worker killed"
    WORKERS_KILLED_OVER_WRITE = "workers killed over a write"
    SERVER_KILLED = "server killed"
    SERVER_AWAY = "server away for longer than a heartbeat"
    SANDBOX_KILLED = "platform killed"
    LEDGER_LOCKED = "ledger locked"
    DISK_FULL = "disk of the ledger full"
    CLOCK_STEPPED = "clock of the workers stepped"
    ANSWER_LOST = "answers lost"
    DISCONNECTED = "connections broken"
    SERVER_ERROR = "server errors"
    GARBAGE = "answers that make no sense"
    THROTTLED = "calls throttled"
    LATE = "answers late"
    REQUEST_HELD = "a request held, applied later"
    PARTLY_SAVED = "resources saved in part"
    QUEUED_CALL_FAILED = "queued calls failed"
    STARTED_TWICE = "start delivered twice"
    CANCELLED = "run cancelled under way"


class Answer(StrEnum):
    """How somebody answers a run that asks for approval."""

    UPDATE = "approved by update"
    SIGNAL = "approved by signal"
    REPEATED = "approved by the same signal and the same update, twice each"
    REJECTED = "rejected"
    OWN_RUN = "approved by its requester only"
    WRONG_DIGEST = "approved for another digest only"
    NOBODY = "not answered"

    @property
    def approves(self) -> bool:
        """Whether the run may write."""
        return self in {Answer.UPDATE, Answer.SIGNAL, Answer.REPEATED}


class Moment(StrEnum):
    """From when on the delay of an accident counts."""

    STARTED = "started"
    ANSWERED = "answered"


# What each platform can suffer beside what all of them can.
_ONLY_ON: Mapping[Accident, frozenset[str]] = {
    Accident.PARTLY_SAVED: frozenset({"bigcommerce", "adobe_commerce"}),
    Accident.QUEUED_CALL_FAILED: frozenset({"adobe_commerce"}),
}
# Long ones are rarer, so that something else happens beside them.
_WEIGHTS: Mapping[Accident, int] = {Accident.SERVER_AWAY: 1, Accident.CANCELLED: 2}
_USUAL_WEIGHT = 3
_ANSWER_WEIGHTS: Mapping[Answer, int] = {
    Answer.UPDATE: 8,
    Answer.SIGNAL: 6,
    Answer.REPEATED: 6,
    Answer.REJECTED: 1,
    Answer.OWN_RUN: 1,
    Answer.WRONG_DIGEST: 1,
    Answer.NOBODY: 1,
}


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An accident, `delay` seconds after a moment of its run; `size` in 0..1 is how bad it is."""

    accident: Accident
    moment: Moment
    delay: float
    size: float


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run: where, what, on how many products, how it is answered, and what happens meanwhile.

    Its products are taken one after the other from those that no run of the batch has.
    """

    number: int
    platform: str
    job: Job
    products: int
    answer: Answer
    accidents: Sequence[Scheduled]


def draw_run(seed: int, number: int, possible: frozenset[Accident]) -> PlannedRun:
    """Return the run of this number; `possible` are the accidents that the machine allows."""
    chance = Random(f"{seed}/{number}")
    # In turn, so that every platform gets its share of however few runs.
    platform = PLATFORMS[number % len(PLATFORMS)]
    jobs = _possible_jobs(platform)
    return PlannedRun(
        number=number,
        platform=platform,
        job=chance.choice(jobs),
        products=chance.randint(_FEWEST_PRODUCTS, _MOST_PRODUCTS),
        answer=chance.choices([*_ANSWER_WEIGHTS], [*_ANSWER_WEIGHTS.values()])[0],
        accidents=[_draw_accident(chance, platform, possible) for _ in range(chance.randint(1, 3))],
    )


@cache
def _possible_jobs(platform: str) -> Sequence[Job]:
    return [job for job in jobs_on(platform) if job.refusal_on(platform) is None]


def _draw_accident(chance: Random, platform: str, possible: frozenset[Accident]) -> Scheduled:
    while True:
        accident = chance.choices(
            [*Accident], [_WEIGHTS.get(one, _USUAL_WEIGHT) for one in Accident]
        )[0]
        scheduled = Scheduled(
            accident=accident,
            moment=chance.choice([*Moment]),
            delay=chance.uniform(0, 2.5),
            size=chance.random(),
        )
        if accident in possible and platform in _ONLY_ON.get(accident, PLATFORMS):
            return scheduled


def batches(first: int, runs: int) -> Sequence[range]:
    """Return the numbers of the runs that go on at once."""
    end = first + runs
    return [
        range(begin, min(begin + RUNS_AT_ONCE, end)) for begin in range(first, end, RUNS_AT_ONCE)
    ]
