"""Every failure that Steward reports, drawn as a tree, each with its remedy and exit code."""

from datetime import timedelta
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the `steward` command tells the shell; documented in docs/commands.md."""

    OK = 0
    RUN_FAILED = 1
    INVALID_INPUT = 2
    NOT_FOUND = 3
    REFUSED = 4
    UNREACHABLE = 5
    CREDENTIALS = 6
    STORE_ERROR = 7
    INTERRUPTED = 130


class StewardError(Exception):
    """A failure told in one sentence, together with what to do about it.

    `permanent` says that the same attempt can never succeed; `retry_after` is the earliest time
    at which another attempt makes sense, where the other side told us.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.RUN_FAILED
    permanent: ClassVar[bool] = True

    def __init__(
        self, message: str, *, remedy: str = "", retry_after: timedelta | None = None
    ) -> None:
        """Keep the sentence and its remedy apart, so that each interface can lay them out."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Return the sentence followed by the remedy."""
        return f"{self.message} {self.remedy}".strip()


class InvalidInput(StewardError):
    """What the person asked for cannot be understood or is beyond the limits."""

    exit_code = ExitCode.INVALID_INPUT


class InvalidParameter(InvalidInput):
    """A template's parameter is missing, unknown, of the wrong type or beyond its limits."""


class InvalidSettings(InvalidInput):
    """A settings file or variable cannot be used."""


class EmptySelection(InvalidInput):
    """The selection matches nothing, or nothing that the operations would change."""


class NotFound(StewardError):
    """Something that was named does not exist."""

    exit_code = ExitCode.NOT_FOUND


class UnknownStore(NotFound):
    """No store of this name is configured."""


class UnknownProperty(NotFound):
    """No analytics property of this name is configured."""


class UnknownTemplate(NotFound):
    """No template of this name exists."""


class UnknownRun(NotFound):
    """No run of this id is known."""


class UnknownApprover(NotFound):
    """No approver of this name is registered."""


class Refused(StewardError):
    """A rule forbids what was asked."""

    exit_code = ExitCode.REFUSED


class DecisionRefused(Refused):
    """A decision does not count: wrong digest, own run, too late, or made twice."""


class EditRefused(Refused):
    """A change set is not edited: it is another one by now, or the person may not."""


class UnsupportedOperation(Refused):
    """The platform has no such field or operation."""


class PolicyDenies(Refused):
    """The policy would deny a change set."""


class ClaimRefused(Refused):
    """Another run holds fields that this one is to write, and this one's template does not wait."""


class RunNotActive(Refused):
    """The run has already ended, or is not in a stage in which this can be asked."""


class ChangeSetTampered(Refused):
    """The stored changes are not the ones whose digest was approved."""


class Unreachable(StewardError):
    """Something that is needed does not answer; the same attempt may succeed later."""

    exit_code = ExitCode.UNREACHABLE
    permanent = False


class ServerUnreachable(Unreachable):
    """The Temporal server does not answer."""


class LedgerUnavailable(Unreachable):
    """The ledger's database does not answer, or is busy or full."""


class StoreUnreachable(Unreachable):
    """The store's platform cannot be reached, or answers that it is overloaded."""


class StoreThrottled(Unreachable):
    """The platform's rate limit refused the request; `retry_after` says when to come back."""


class TurnAwaited(Unreachable):
    """A step waits for its turn, and nothing has failed; `retry_after` says when to ask again."""


class StoreBusy(TurnAwaited):
    """The process carries as many steps of the store as it may."""


class FieldsClaimed(TurnAwaited):
    """Another run writes fields that this one is to write."""


class WorkerLost(Unreachable):
    """The process that carried a step was lost, as were those of the attempts before."""


class DataMoved(Unreachable):
    """Data changed between the pages in which they were read, so that the pages do not fit."""


class AnswerLost(Unreachable):
    """A write was sent and no usable answer came back: whether it was applied is unknown."""


class StackUnavailable(StewardError):
    """The development stack cannot be started or is not running."""

    exit_code = ExitCode.UNREACHABLE


class CredentialsRejected(StewardError):
    """The other side refuses the credentials, or they lack a permission."""

    exit_code = ExitCode.CREDENTIALS


class StoreError(StewardError):
    """The platform refuses a request as a whole, for good."""

    exit_code = ExitCode.STORE_ERROR


class StoreAnswerInvalid(StoreError):
    """The store answered something that its platform's contract does not allow.

    Not permanent, since a proxy or a maintenance page in between is the usual cause.
    """

    permanent = False
