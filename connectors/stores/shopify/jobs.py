"""Waits for what the platform does after its answer."""

import asyncio

from connectors.pacing import Timer
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.collection_answers import JobAnswer
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.errors import Failures

_FIRST_LOOK_SECONDS = 0.25
_LONGEST_BETWEEN_LOOKS_SECONDS = 5.0
# A job is over in seconds; one that takes longer is looked at again by whoever tries again.
_LONGEST_JOB_SECONDS = 120.0


class JobWatch:
    """Asks whether a job is done, less and less often."""

    def __init__(self, api: AdminApi, timer: Timer) -> None:
        """Take the store's API and the time."""
        self._api = api
        self._timer = timer
        self._failures = Failures(api.store, writing=True)

    async def until_done(self, job: str) -> None:
        """Return when the job is done, or nobody knows of it any more.

        Raises `AnswerLost` after two minutes.
        """
        pause = _FIRST_LOOK_SECONDS
        end = self._timer.seconds() + _LONGEST_JOB_SECONDS
        while self._timer.seconds() < end:
            await self._timer.wait(asyncio.Event(), pause)
            answer = await self._api.read(
                Document.JOB_STATE, {"id": job}, JobAnswer, points=costs.job_state()
            )
            if answer.job is None or answer.job.done:
                return
            pause = min(2 * pause, _LONGEST_BETWEEN_LOOKS_SECONDS)
        raise self._failures.lost("its job is not done yet")
