"""The changes of a change set as they are listed: each with its prediction and its outcome."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starter.services import RunReader
from steward.changes import Change, Outcome
from steward.execution import RecordedChange
from steward.simulation import Prediction

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ListedChange:
    """One change, what was predicted for it, and what became of it so far."""

    ordinal: int
    change: Change
    outcome: Outcome
    reason: str
    predicted: Outcome | None
    predicted_reason: str

    @property
    def is_open(self) -> bool:
        """Whether the prediction is all that is known yet."""
        return self.outcome is Outcome.PENDING

    @property
    def expected(self) -> Outcome:
        """What became of the change, or what is expected to while that is open."""
        return self.predicted or self.outcome if self.is_open else self.outcome

    @property
    def expected_reason(self) -> str:
        """Why that became, or is expected to become, of the change."""
        return self.predicted_reason if self.is_open else self.reason


async def listed_changes(
    reader: RunReader, run_id: str, digest: str, *, wanted: frozenset[Outcome] | None = None
) -> AsyncIterator[ListedChange]:
    """Return the changes in order, only those with a wanted outcome (or, while open, prediction).

    Pages are read one after the other, so that a large change set is never held as a whole.
    """
    queried = None if wanted is None else wanted | {Outcome.PENDING}
    predictions = _predictions(reader, run_id, digest)
    prediction = await anext(predictions, None)
    async for recorded in _recorded(reader, run_id, digest, queried):
        while prediction is not None and prediction.ordinal < recorded.ordinal:
            prediction = await anext(predictions, None)
        known = prediction is not None and prediction.ordinal == recorded.ordinal
        listed = _listed(recorded, prediction if known else None)
        if wanted is None or listed.expected in wanted:
            yield listed


def _listed(recorded: RecordedChange, prediction: Prediction | None) -> ListedChange:
    return ListedChange(
        ordinal=recorded.ordinal,
        change=recorded.change,
        outcome=recorded.outcome,
        reason=recorded.reason,
        predicted=None if prediction is None else prediction.outcome,
        predicted_reason="" if prediction is None else prediction.reason,
    )


async def _recorded(
    reader: RunReader, run_id: str, digest: str, outcomes: frozenset[Outcome] | None
) -> AsyncIterator[RecordedChange]:
    offset = 0
    while page := await reader.changes(
        run_id, digest, offset=offset, limit=_PAGE, outcomes=outcomes
    ):
        for recorded in page:
            yield recorded
        offset += len(page)
        if len(page) < _PAGE:
            return


async def _predictions(reader: RunReader, run_id: str, digest: str) -> AsyncIterator[Prediction]:
    offset = 0
    while page := await reader.predictions(run_id, digest, offset=offset, limit=_PAGE):
        for prediction in page:
            yield prediction
        offset += len(page)
        if len(page) < _PAGE:
            return
