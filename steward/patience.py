"""Patience: how long a step is tried again while it gets nowhere."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from steward.model import Frozen


class Setbacks(Frozen):
    """Attempts of a step, one after the other, that failed before they got anywhere.

    `since` is when the first of them failed. `under_way` says that another attempt began: seen at
    the beginning of the next one, it says that the process that carried it was lost.
    """

    since: AwareDatetime | None = None
    count: int = Field(default=0, ge=0)
    under_way: bool = False

    def and_another(self, now: datetime) -> "Setbacks":
        """Return these and one that failed now."""
        return Setbacks(since=self.since or now, count=self.count + 1)

    def with_attempt_under_way(self) -> "Setbacks":
        """Return these, with the next attempt begun."""
        return self.model_copy(update={"under_way": True})


class Patience(Frozen):
    """When to give a step up: after so many setbacks in a row, and not before so much time.

    Both count: time alone would give up a step that failed twice, with a long wait for its turn
    in between.
    """

    setbacks: int = Field(ge=1)
    lasting: timedelta = timedelta()

    def is_used_up(self, setbacks: Setbacks, now: datetime) -> bool:
        """Return whether the step has failed often enough, and for long enough."""
        lasted = timedelta() if setbacks.since is None else now - setbacks.since
        return setbacks.count >= self.setbacks and lasted >= self.lasting
