"""Watching what was written, after the last wave, for as long as the policy says."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.concluding import ConcludedRun
from workflows.options import RECORD, watch_options

with workflow.unsafe.imports_passed_through():
    from activities.watch import WatchStep
    from steward.policy import Watch
    from steward.runs import OutcomeCounts, Stage, Watched
    from steward.steps import LookOrder, Simulated, WatchStart
    from steward.watch import drifted_words

_MOST_EXAMPLES = 3


class WatchedRun(ConcludedRun):
    """A run that goes on looking at what it wrote.

    Everything is written and verified by then, so a cancel only ends the watch.
    """

    async def _watch(self, simulated: Simulated, outcomes: OutcomeCounts) -> Watched | None:
        """Look from time to time, and return what was seen; None where nothing is to be watched."""
        watch = simulated.watch
        if watch is None or not outcomes.applied + outcomes.unchanged:
            return None
        since = workflow.now()
        await workflow.execute_local_activity_method(
            WatchStep.begin_watch,
            WatchStart(
                run_id=self._run_id, store=self._store, until=since + watch.looks * watch.every
            ),
            **RECORD,
        )
        self._move_to(Stage.WATCH)
        watched = Watched()
        while watched.looks < watch.looks:
            self._report_progress(_progress(watched, watch))
            if await self._is_cancelled_within(watch.every):
                return watched.model_copy(update={"ended_early": self._control_reason})
            order = LookOrder(
                run_id=self._run_id,
                store=self._store,
                digest=simulated.plan.digest,
                changes=simulated.plan.changes,
                sample=watch.sample,
                look=watched.looks + 1,
                since=since,
            )
            watched = await self._look(order, watched)
        return watched

    async def _is_cancelled_within(self, time: timedelta) -> bool:
        """Wait, and while the run is paused too; return whether it was cancelled meanwhile."""
        try:
            await workflow.wait_condition(
                lambda: self._is_cancelled, timeout=time, timeout_summary="next look of the watch"
            )
        except TimeoutError:
            await self._until_not_paused()
        return self._is_cancelled

    async def _look(self, order: LookOrder, before: Watched) -> Watched:
        """Read a sample; a store that does not answer is no reason for the run to fail."""
        try:
            report = await workflow.execute_activity_method(
                WatchStep.watch,
                order,
                summary=f"look {order.look}",
                **watch_options(self._platform, self._store),
            )
        except ActivityError:
            return before.model_copy(update={"looks": order.look, "failed": before.failed + 1})
        examples = tuple(dict.fromkeys((*before.examples, *report.examples)))
        return Watched(
            looks=order.look,
            failed=before.failed,
            checked=before.checked + report.checked,
            drifted=report.drifted,
            examples=examples[:_MOST_EXAMPLES],
        )


def _progress(watched: Watched, watch: Watch) -> str:
    looked = f"looked {watched.looks} of {watch.looks} times, {watched.checked} values read"
    return f"{looked}: {drifted_words(watched)}"
