"""Every failure is a sentence with a remedy, an exit code, and a word on whether to try again."""

from datetime import timedelta

import pytest

from activities.failures import as_application_error
from steward.errors import ExitCode, StewardError, StoreThrottled


def tree(error: type[StewardError]) -> list[type[StewardError]]:
    """Return an error and everything below it."""
    return [error, *(one for child in error.__subclasses__() for one in tree(child))]


TREE = [error for error in tree(StewardError) if error.__module__ == "steward.errors"]

# The shell sees these; scripts depend on them.
EXIT_CODES = {
    "StewardError": 1,
    "InvalidInput": 2,
    "InvalidParameter": 2,
    "InvalidSettings": 2,
    "EmptySelection": 2,
    "NotFound": 3,
    "UnknownStore": 3,
    "UnknownProperty": 3,
    "UnknownTemplate": 3,
    "UnknownRun": 3,
    "UnknownApprover": 3,
    "Refused": 4,
    "DecisionRefused": 4,
    "ClaimRefused": 4,
    "EditRefused": 4,
    "UnsupportedOperation": 4,
    "PolicyDenies": 4,
    "RunNotActive": 4,
    "ChangeSetTampered": 4,
    "Unreachable": 5,
    "ServerUnreachable": 5,
    "LedgerUnavailable": 5,
    "StoreUnreachable": 5,
    "StoreThrottled": 5,
    "TurnAwaited": 5,
    "StoreBusy": 5,
    "FieldsClaimed": 5,
    "WorkerLost": 5,
    "DataMoved": 5,
    "AnswerLost": 5,
    "StackUnavailable": 5,
    "CredentialsRejected": 6,
    "StoreError": 7,
    "StoreAnswerInvalid": 7,
}
TRANSIENT = {
    "Unreachable",
    "ServerUnreachable",
    "LedgerUnavailable",
    "StoreUnreachable",
    "StoreThrottled",
    "TurnAwaited",
    "StoreBusy",
    "FieldsClaimed",
    "WorkerLost",
    "DataMoved",
    "AnswerLost",
    "StoreAnswerInvalid",
}


def test_exit_codes_are_pinned() -> None:
    """Each error has the exit code that scripts know, and each failing code has an error."""
    assert {error.__name__: int(error.exit_code) for error in TREE} == EXIT_CODES
    assert set(EXIT_CODES.values()) == set(ExitCode) - {ExitCode.OK, ExitCode.INTERRUPTED}


def test_what_may_be_tried_again_is_pinned() -> None:
    """Only what another attempt can mend is transient."""
    assert {error.__name__ for error in TREE if not error.permanent} == TRANSIENT


@pytest.mark.parametrize("error", TREE)
def test_an_error_tells_what_and_what_to_do(error: type[StewardError]) -> None:
    """The sentence and the remedy are kept apart, and are read one after the other."""
    told = error("It is so.", remedy="Do this.")
    assert (told.message, told.remedy, str(told)) == ("It is so.", "Do this.", "It is so. Do this.")
    assert str(error("It is so.")) == "It is so."
    assert error.__doc__


@pytest.mark.parametrize("error", TREE)
def test_the_engine_is_told_the_same(error: type[StewardError]) -> None:
    """A failed step carries sentence, remedy and exit code, and is retried unless permanent."""
    failure = as_application_error(error("It is so.", remedy="Do this."))
    assert failure.message == "It is so. Do this."
    assert failure.type == error.__name__
    assert failure.non_retryable == error.permanent
    assert failure.details == (
        {"message": "It is so.", "remedy": "Do this.", "exit_code": int(error.exit_code)},
    )


def test_the_engine_waits_as_long_as_it_was_told() -> None:
    """A throttled step comes back when the platform said."""
    wait = timedelta(seconds=7)
    failure = as_application_error(StoreThrottled("Too many calls.", retry_after=wait))
    assert failure.next_retry_delay == wait
