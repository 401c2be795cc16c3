"""What a failed step means for its run: one sentence, and what the shell is told."""

from typing import Final

from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.exceptions import TimeoutError as StepTimeout

from steward.errors import ClaimRefused, ExitCode
from steward.model import Frozen

# The engine wraps the failure of a step, but hands on that of a local step as it is.
STEP_FAILURES: Final = (ActivityError, ApplicationError)


class FailureReason(Frozen):
    """The failure of a step in words, with the exit code that it stands for."""

    message: str
    exit_code: ExitCode
    is_claim_refused: bool = False


def reason_of(failure: ActivityError) -> FailureReason:
    """Return why a step failed for good."""
    cause = failure.cause
    if isinstance(cause, ApplicationError):
        detail = cause.details[0] if cause.details else None
        code = detail.get("exit_code") if isinstance(detail, dict) else None
        known = ExitCode(code) if code in list(ExitCode) else ExitCode.RUN_FAILED
        return FailureReason(
            message=cause.message,
            exit_code=known,
            is_claim_refused=cause.type == ClaimRefused.__name__,
        )
    if isinstance(cause, StepTimeout):
        return FailureReason(
            message=f"The step '{failure.activity_type}' took longer than it may.",
            exit_code=ExitCode.UNREACHABLE,
        )
    return FailureReason(
        message=f"The step '{failure.activity_type}' failed: {cause}",
        exit_code=ExitCode.RUN_FAILED,
    )
