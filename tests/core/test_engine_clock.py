"""Steps go by the clock of the engine's server, not by that of the machine that carries them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.engine_clock import EngineClock, KeepsEngineTime

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class TellsTheTime(ActivityInboundInterceptor):
    """A step that returns the time, twice."""

    def __init__(self) -> None:
        """It is the innermost."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        """Return the time of the step's clock."""
        del input
        return EngineClock().now(), EngineClock().now()


async def times(*, is_local: bool) -> tuple[datetime, datetime]:
    """Return what a step takes for the time that was given out long ago."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=LONG_AGO, is_local=is_local)
    kept = KeepsEngineTime().intercept_activity(TellsTheTime())
    told: tuple[datetime, datetime] = await environment.run(
        kept.execute_activity, ExecuteActivityInput(times, (), None, {})
    )
    return told


async def test_a_step_goes_by_the_time_at_which_the_server_gave_it_out() -> None:
    """And by the time that has passed since."""
    first, second = await times(is_local=False)
    assert LONG_AGO <= first <= second < LONG_AGO + HOUR


async def test_a_local_step_goes_by_the_machine() -> None:
    """The worker gave it out itself; so does whatever is no step."""
    outside = EngineClock().now()
    first, _ = await times(is_local=True)
    assert outside <= first < outside + HOUR
    assert abs(outside - datetime.now(UTC)) < HOUR
