"""Writes many products as one bulk operation, and finds out what became of each."""

import asyncio
import json
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from connectors.stores.shopify.answers import Problem
from connectors.stores.shopify.bulk_answers import BulkOperationState, ResultRow
from connectors.stores.shopify.bulk_files import BulkFiles
from connectors.stores.shopify.bulk_operations import BulkOperations
from connectors.stores.shopify.bulk_requests import lines_of, mutation_of, variables_of_lines
from connectors.stores.shopify.calls import ProductMutation
from connectors.stores.shopify.errors import Failures
from steward.execution import Answer, WriteRequest

_ACCESS_DENIED = "ACCESS_DENIED"


class BulkWriter:
    """Runs the lines of a request as one bulk operation.

    Where the operation fails half way, or a line has no usable result, nothing is said of any
    change: reading tells them all, and the few that are left are then written by single calls.
    """

    def __init__(self, store: str, operations: BulkOperations, files: BulkFiles) -> None:
        """Take the store's configured name, its bulk operations and their files."""
        self._operations = operations
        self._files = files
        self._failures = Failures(store, writing=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change.

        Raises `AnswerLost` where only reading tells what became of the changes, and
        `StoreThrottled` where too many operations run already.
        """
        # Thousands of lines take some tenths of a second, which the event loop has no time for.
        lines = await asyncio.to_thread(_lines, request)
        mutation = mutation_of(request)
        operation = await self._operations.begin(mutation.document, lines, origin=request.origin)
        with self._failures.after_the_write():
            ended = await self._operations.until_ended(operation)
            rows = await self._rows(ended)
        return await asyncio.to_thread(self._answers, request, mutation, rows)

    async def _rows(self, ended: BulkOperationState) -> Mapping[int, ResultRow]:
        """Return what the lines were answered, as far as it is known, by their numbers."""
        if ended.error_code == _ACCESS_DENIED:
            problem = Problem(extensions={"code": _ACCESS_DENIED})
            raise self._failures.of_problem(problem, None, executed=True)
        url = ended.url or ended.partial_url
        content = await self._files.fetch(url) if url else b""
        rows = [row for text in content.splitlines() if (row := _row(text)) is not None]
        return {row.line: row for row in rows}

    def _answers(
        self, request: WriteRequest, mutation: ProductMutation, rows: Mapping[int, ResultRow]
    ) -> tuple[Answer, ...]:
        answers: list[Answer] = []
        lines = lines_of(request)
        unknown = 0
        for number, line in enumerate(lines):
            row = rows.get(number)
            own = None if row is None else self._answers_of_line(line, mutation, row)
            if own is None:
                unknown += 1
            else:
                answers.extend(own)
        if unknown:
            raise self._failures.lost(
                f"{unknown} of {len(lines)} lines of its bulk operation have no usable result"
            )
        return tuple(answers)

    def _answers_of_line(
        self, line: WriteRequest, mutation: ProductMutation, row: ResultRow
    ) -> Sequence[Answer] | None:
        """Return a line's answers, or None where they are unknown.

        Raises what makes every further attempt vain, such as a missing access scope.
        """
        if row.errors:
            failure = self._failures.of_problem(row.errors[0], None, executed=row.data is not None)
            if failure.permanent:
                raise failure
            return None
        try:
            answer = mutation.answer.model_validate(row.data)
        except ValidationError:
            return None
        return mutation.answers_of(line, answer)


def _lines(request: WriteRequest) -> Sequence[bytes]:
    return [
        json.dumps(variables, separators=(",", ":")).encode()
        for variables in variables_of_lines(request)
    ]


def _row(text: bytes) -> ResultRow | None:
    try:
        return ResultRow.model_validate(json.loads(text))
    except (ValueError, RecursionError):
        return None
