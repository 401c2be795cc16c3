"""Bulk operations of one store: begun, watched, looked for, and cancelled."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from connectors.pacing import Timer
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.bulk_answers import (
    BulkOperationState,
    BulkOperationStateAnswer,
    CancelBulkOperationAnswer,
    RunInBulkAnswer,
    RunningOperationsAnswer,
    StageUploadAnswer,
)
from connectors.stores.shopify.bulk_files import BulkFiles
from connectors.stores.shopify.documents import Document, text_of
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.write_answers import UserError
from steward.errors import StewardError, StoreError, StoreThrottled, StoreUnreachable

_FIRST_LOOK_SECONDS = 1.0
_LONGEST_BETWEEN_LOOKS_SECONDS = 10.0
# Shopify stops an operation after a day. Ours are over in minutes.
_LONGEST_WATCH_SECONDS = 3600.0
_SECONDS_FOR_CANCELLING = 5.0
_PAUSE_WHILE_OTHERS_RUN = timedelta(seconds=30)
_OTHERS_RUN = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})
_PASSING = frozenset({"NO_SUCH_FILE", "INTERNAL_FILE_SERVER_ERROR"})
_IDENTIFIERS = uuid.UUID("0b7c2a54-4d1f-5f7e-8a3d-9b1f6c2e7d10")


class BulkOperations:
    """Runs one mutation for each line of a file.

    The mutation begins with a comment that names the piece of work, so that an operation whose
    start was not answered, or whose watcher died, is found again.
    """

    def __init__(self, api: AdminApi, files: BulkFiles, timer: Timer) -> None:
        """Take the store's API, its files and the time."""
        self._api = api
        self._files = files
        self._timer = timer
        self._failures = Failures(api.store, writing=True)

    async def begin(self, document: Document, lines: Sequence[bytes], *, origin: str) -> str:
        """Upload the lines and begin an operation; return its id.

        Cancelled, it cancels what it has begun. Raises `StoreThrottled` where as many operations as
        the platform allows run already, and `AnswerLost` where it may have begun.
        """
        path = await self._upload(lines)
        begun = asyncio.ensure_future(self._begin(document, path, identifier_of(origin)))
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            with suppress(StewardError, TimeoutError):
                async with asyncio.timeout(_SECONDS_FOR_CANCELLING):
                    await self._cancel(await begun)
            raise

    async def _begin(self, document: Document, path: str, identifier: str) -> str:
        answer = await self._api.write(
            Document.RUN_IN_BULK,
            {
                "mutation": f"{_comment(identifier)}\n{text_of(document)}",
                "path": path,
                "identifier": identifier,
            },
            RunInBulkAnswer,
            points=costs.begin_in_bulk(),
        )
        if answer.payload.user_errors:
            raise self._refusal(answer.payload.user_errors[0])
        if answer.payload.operation is None:
            raise self._failures.of_answer("it names no bulk operation")
        return answer.payload.operation.id

    async def _upload(self, lines: Sequence[bytes]) -> str:
        staged = await self._api.read(
            Document.STAGE_UPLOAD,
            {"filename": "changes.jsonl"},
            StageUploadAnswer,
            points=costs.stage_upload(),
        )
        if staged.payload.user_errors:
            raise self._refusal(staged.payload.user_errors[0])
        for target in staged.payload.targets or ():
            if target.path:
                await self._files.upload(target, lines)
                return target.path
        raise Failures(self._api.store, writing=False).of_answer("it names no place for a file")

    def _refusal(self, error: UserError) -> StewardError:
        """Return why no operation has begun."""
        store, code = self._api.store, error.code or "UNKNOWN"
        if code in _OTHERS_RUN:
            return StoreThrottled(
                f"Store '{store}' runs as many bulk operations as it may.",
                remedy=f"Try again in {_PAUSE_WHILE_OTHERS_RUN.seconds} s.",
                retry_after=_PAUSE_WHILE_OTHERS_RUN,
            )
        if code in _PASSING:
            return StoreUnreachable(
                f"Store '{store}' cannot read the file of changes ({code}).",
                remedy="Try again later; Shopify's status page says more.",
            )
        return StoreError(
            f"Store '{store}' does not begin a bulk operation ({code}).",
            remedy="This is a fault in Steward's request: please report it.",
        )

    async def until_ended(self, operation: str) -> BulkOperationState:
        """Return how the operation ended; cancelled while waiting, it cancels the operation.

        Raises `AnswerLost` after an hour, or where nobody knows of the operation.
        """
        try:
            return await self._watch(operation)
        except asyncio.CancelledError:
            await self._cancel(operation)
            raise

    async def _watch(self, operation: str) -> BulkOperationState:
        pause = _FIRST_LOOK_SECONDS
        end = self._timer.seconds() + _LONGEST_WATCH_SECONDS
        while self._timer.seconds() < end:
            await self._timer.wait(asyncio.Event(), pause)
            answer = await self._api.read(
                Document.BULK_OPERATION_STATE,
                {"id": operation},
                BulkOperationStateAnswer,
                points=costs.bulk_operation_state(),
            )
            if answer.operation is None:
                raise self._failures.lost("its bulk operation is not known")
            if answer.operation.has_ended:
                return answer.operation
            pause = min(2 * pause, _LONGEST_BETWEEN_LOOKS_SECONDS)
        raise self._failures.lost("its bulk operation has not ended yet")

    async def _cancel(self, operation: str) -> None:
        """Let the operation write nothing more behind the back of who no longer waits for it."""
        with suppress(StewardError, TimeoutError):
            async with asyncio.timeout(_SECONDS_FOR_CANCELLING):
                await self._api.write(
                    Document.CANCEL_BULK_OPERATION,
                    {"id": operation},
                    CancelBulkOperationAnswer,
                    points=costs.cancel_in_bulk(),
                )

    async def until_at_rest(self, origin: str) -> None:
        """Return when no operation of this piece of work is under way any more.

        Cancelled while waiting, it cancels the operation. Raises `AnswerLost` after an hour.
        """
        while (operation := await self._under_way(origin)) is not None:
            await self.until_ended(operation)

    async def _under_way(self, origin: str) -> str | None:
        answer = await self._api.read(
            Document.RUNNING_BULK_OPERATIONS,
            {"first": costs.RUNNING_OPERATIONS},
            RunningOperationsAnswer,
            points=costs.running_bulk_operations(),
        )
        comment = _comment(identifier_of(origin))
        return next(
            (
                one.id
                for one in answer.operations.nodes
                if not one.has_ended and one.mutation.startswith(comment)
            ),
            None,
        )


def identifier_of(origin: str) -> str:
    """Return by what a piece of work is recognised; it tells nothing about the run."""
    return f"steward-{uuid.uuid5(_IDENTIFIERS, origin)}"


def _comment(identifier: str) -> str:
    return f"# {identifier}"
