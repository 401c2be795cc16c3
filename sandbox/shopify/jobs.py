"""Work that the platform does after its answer, and whether it is done."""

import time
import uuid
from collections.abc import Callable


class Jobs:
    """The jobs of one store; each takes `seconds`, and one that is not known is done.

    What a job writes is in the journal at once. Until the job is done, readers are shown what was
    before it.
    """

    def __init__(
        self, seconds: float = 0.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._ends: dict[str, float] = {}

    def start(self) -> str:
        """Begin a job and return its identifier."""
        now = self._monotonic()
        self._ends = {job: end for job, end in self._ends.items() if end > now}
        identifier = f"gid://shopify/Job/{uuid.uuid4()}"
        self._ends[identifier] = now + self.seconds
        return identifier

    def is_done(self, identifier: str) -> bool:
        """Tell whether a job is done."""
        return self._ends.get(identifier, 0.0) <= self._monotonic()
