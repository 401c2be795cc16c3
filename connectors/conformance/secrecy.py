"""Checks of credentials: wrong ones are called so, and no secret is ever shown."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.conformance.proving import Disturbance, Proving
from connectors.conformance.trial import expect, price_changes, read
from steward.errors import CredentialsRejected, StewardError


async def wrong_credentials_are_rejected(proving: Proving) -> None:
    """Reading with credentials that the platform rejects raises `CredentialsRejected`."""
    await proving.reset()
    with _nothing_leaks(proving) as shown:
        try:
            async with proving.open_as_stranger() as store:
                shown.append(repr(store))
                await read(store, proving)
        except CredentialsRejected as error:
            shown.extend(_texts(error))
        else:
            raise AssertionError("credentials that the platform rejects are let in")


async def secrets_stay_hidden_in_trouble(proving: Proving) -> None:
    """Neither errors nor log records of throttled, lost and ordinary calls show a secret."""
    await proving.reset()
    troubles = 0
    with _nothing_leaks(proving) as shown:
        for disturbance in Disturbance:
            async with proving.open() as store:
                changes = price_changes(await read(store, proving))
                shown += [repr(store), str(store)]
                await proving.disturb(disturbance)
                try:
                    await read(store, proving)
                    for request in store.requests_for(changes):
                        await store.send(request)
                except StewardError as error:
                    troubles += 1
                    shown.extend(_texts(error))
            await proving.reset()
    expect(troubles, "nothing went wrong, although every disturbance was asked for")


@contextmanager
def _nothing_leaks(proving: Proving) -> Iterator[list[str]]:
    """Collect all log records, and texts that the check adds, and compare them in the end."""
    shown: list[str] = []
    with _every_record(shown):
        yield shown
    secrets = proving.under_test.secrets
    expect(secrets and all(secrets), "the description names no secret, or an empty one")
    leaks = sum(secret in text for text in shown for secret in secrets)
    # The text itself is left out, for it holds the secret.
    expect(not leaks, f"a secret is shown in {leaks} of {len(shown)} errors, reprs and log records")


@contextmanager
def _every_record(shown: list[str]) -> Iterator[None]:
    root = logging.getLogger()
    collector = _Collector(shown)
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(collector)


class _Collector(logging.Handler):
    def __init__(self, shown: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._shown = shown
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self._shown += [self._formatter.format(record), repr(record.__dict__)]


def _texts(error: BaseException) -> list[str]:
    """Return all that an interface could show of an error, its causes included."""
    chain = "".join(traceback.format_exception(error))
    return [str(error), repr(error), repr(error.args), repr(vars(error)), chain]
