"""What entries of the audit trail hold for programs: figures, and digests of rows elsewhere.

A trail with an entry for each change would be as long as the changes. So an entry stands for a
batch of requests, and binds its changes by their numbers and by digests that can be computed again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Self

from pydantic import Field, JsonValue

from steward.audit import AuditEvent
from steward.editing import Edit
from steward.execution import OutcomeRecord, WriteRequest
from steward.fidelity import Fidelity
from steward.model import Frozen
from steward.outcome_words import outcome_sentence
from steward.runs import OutcomeCounts
from steward.simulation import Simulation


class Facts(Frozen):
    """The base of what an entry holds for programs."""

    def data(self) -> dict[str, JsonValue]:
        """Return the facts as an entry holds them."""
        return self.model_dump(mode="json")

    @classmethod
    def of(cls, event: AuditEvent) -> Self | None:
        """Return the facts of an entry, or None where it was written before there were any."""
        return cls.model_validate(event.facts) if event.facts else None


class SimulatedFacts(Facts):
    """A simulated change set and the verdict on it; `policy` is the digest of the rules applied."""

    digest: str
    changes: int
    verdict: str
    risk: str
    policy: str = ""


class DecisionFacts(Facts):
    """A decision, counted or not; `record` is the fingerprint of its row."""

    record: str


class SentFacts(Facts):
    """Changes of a change set that are about to be sent.

    `requests` is how many calls carry them, and `sent` the digest over these calls' contents.
    """

    digest: str
    ordinals: str
    requests: int
    sent: str


class AnsweredFacts(Facts):
    """What became of changes of a change set.

    `answers` is the digest over what the ledger then held of each, in order. `replaced` has, by
    ordinal, the digest of what it had held of those that had an outcome before.
    """

    digest: str
    ordinals: str
    outcomes: Mapping[str, int]
    answers: str
    replaced: Mapping[str, str] = Field(
        default_factory=dict, exclude_if=lambda replaced: not replaced
    )


class RefusedFacts(Facts):
    """What somebody asked for in vain."""

    attempt: str
    reason: str


class EditedFacts(Facts):
    """An edit by which the change set `digest` took the place of `former`."""

    former: str
    digest: str
    edit: Edit


class DriftedFacts(Facts):
    """Changes of a change set that are found drifted for the first time, at a look of the watch.

    `live` says by ordinal what the store holds, shortened.
    """

    digest: str
    ordinals: str
    look: int
    live: Mapping[str, str]


class EndedFacts(Facts):
    """How a run ended, and whether what it sent, and what took that back, was as predicted."""

    status: str
    exit_code: int
    # Left out where there is none, so that entries of runs of old stay what they were.
    fidelity: Fidelity | None = Field(default=None, exclude_if=lambda fidelity: fidelity is None)
    undo_fidelity: Fidelity | None = Field(
        default=None, exclude_if=lambda fidelity: fidelity is None
    )


class RegisteredFacts(Facts):
    """A person whose registration as an approver changed; `record` is the new one's fingerprint."""

    identity: str
    record: str


class SettingFacts(Facts):
    """A setting that is not what it was; `digest` stands for its content."""

    setting: str
    digest: str


def listed(ordinals: Iterable[int]) -> str:
    """Return numbers as stretches, such as `0-7,9`."""
    in_order = sorted(set(ordinals))
    stretches = []
    for _, group in groupby(enumerate(in_order), key=lambda place: place[1] - place[0]):
        numbers = [number for _, number in group]
        first, last = numbers[0], numbers[-1]
        stretches.append(str(first) if first == last else f"{first}-{last}")
    return ",".join(stretches)


def ordinals_in(text: str) -> list[int]:
    """Return the numbers that `listed` wrote, in order."""
    numbers: list[int] = []
    for stretch in filter(None, text.split(",")):
        first, _, last = stretch.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers


def drifted_in(events: Iterable[AuditEvent]) -> set[int]:
    """Return the numbers of the changes that these entries tell to have drifted."""
    told = filter(None, map(DriftedFacts.of, events))
    return {ordinal for facts in told for ordinal in ordinals_in(facts.ordinals)}


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def digest_of_requests(requests: Sequence[WriteRequest]) -> str:
    """Return the SHA-256 (hex) over what is sent: each call's resource, operation and content."""
    return _digest(
        [[request.resource, request.operation, request.body] for request in requests],
    )


def digest_of_record(record: OutcomeRecord) -> str:
    """Return the SHA-256 (hex) over what became of one change, its live value included."""
    live = None if record.live is None else record.live.model_dump(mode="json")
    return _digest([record.ordinal, record.outcome.value, record.reason, live])


def digest_of_answers(digests: Iterable[str]) -> str:
    """Return the SHA-256 (hex) over the digests of several changes' records, in order."""
    return _digest(list(digests))


def simulated_facts(simulation: Simulation) -> SimulatedFacts:
    """Return what an entry holds of a simulation and its verdict."""
    return SimulatedFacts(
        digest=simulation.plan.digest,
        changes=simulation.plan.changes,
        verdict=simulation.verdict.kind,
        risk=simulation.risk.value,
        policy=simulation.policy_digest,
    )


def sent_facts(digest: str, ordinals: Sequence[int], requests: Sequence[WriteRequest]) -> SentFacts:
    """Return what an entry holds of changes that are about to be sent."""
    return SentFacts(
        digest=digest,
        ordinals=listed(ordinals),
        requests=len(requests),
        sent=digest_of_requests(requests),
    )


def answered(
    entry: AuditEvent,
    digest: str,
    records: Sequence[OutcomeRecord],
    replaced: Iterable[OutcomeRecord],
) -> AuditEvent:
    """Return the entry with what the ledger now holds of the changes, and what it held before.

    `replaced` are the records of those that had an outcome already.
    """
    in_order = sorted(records, key=lambda record: record.ordinal)
    counts = OutcomeCounts.of([record.outcome for record in in_order])
    facts = AnsweredFacts(
        digest=digest,
        ordinals=listed(record.ordinal for record in in_order),
        outcomes={word: number for word, number in counts.model_dump().items() if number},
        answers=digest_of_answers(map(digest_of_record, in_order)),
        replaced={str(record.ordinal): digest_of_record(record) for record in replaced},
    )
    detail = f"changes {facts.ordinals} of {digest}: {outcome_sentence(counts)}"
    return entry.model_copy(update={"detail": detail, "facts": facts.data()})
