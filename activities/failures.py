"""Failures of a step, in the form in which the workflow engine retries or gives up."""

from typing import Any

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from steward.errors import StewardError, TurnAwaited
from steward.steps import FailureDetail


def as_application_error(error: StewardError, *, final: bool = False) -> ApplicationError:
    """Return the engine's error: permanent ones are not retried, a hint sets the next delay.

    `final` gives up what is not permanent. A step that only waits for its turn is no failure to
    be logged and counted.
    """
    detail = FailureDetail(
        message=error.message, remedy=error.remedy, exit_code=int(error.exit_code)
    )
    return ApplicationError(
        str(error),
        detail.model_dump(mode="json"),
        type=type(error).__name__,
        non_retryable=error.permanent or final,
        next_retry_delay=error.retry_after,
        category=ApplicationErrorCategory.BENIGN
        if isinstance(error, TurnAwaited)
        else ApplicationErrorCategory.UNSPECIFIED,
    )


class _Translation(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        try:
            return await super().execute_activity(input)
        except StewardError as error:
            raise as_application_error(error) from None


class FailureTranslation(Interceptor):
    """Turns every `StewardError` of an activity into the engine's own error."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Put the translation in front of the activity."""
        return _Translation(next)
