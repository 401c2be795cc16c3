"""stagedUploadsCreate, bulkOperationRunMutation and bulkOperationCancel."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.shopify.bulk.operations import MOST_RUNNING
from sandbox.shopify.bulk.uploads import LARGEST_FILE
from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.writing.bulk_checks import mutation_error
from sandbox.shopify.writing.common import UserError, journal_errors, user_error

_SHORTEST_IDENTIFIER, _LONGEST_IDENTIFIER = 10, 255
_ACCEPTED_RESOURCE = "BULK_MUTATION_VARIABLES"
Payload = dict[str, Any]


def create_uploads(_: object, info: Info, input: list[dict[str, Any]]) -> Payload:  # noqa: A002
    """Return where files of variables may be uploaded to, one target an input."""
    context = context_of(info)
    errors = [
        user_error(
            ["input", str(index), "resource"],
            f"The sandbox takes files of {_ACCEPTED_RESOURCE} only",
        )
        for index, entry in enumerate(input)
        if entry["resource"] != _ACCEPTED_RESOURCE
    ]
    if errors:
        return {"stagedTargets": None, "userErrors": errors}
    targets = [
        context.bulk.uploads.create(entry, context.shop.id, context.address) for entry in input
    ]
    return {"stagedTargets": targets, "userErrors": []}


def run_mutation(
    _: object,
    info: Info,
    mutation: str,
    stagedUploadPath: str,  # noqa: N803 - the platform's name
    clientIdentifier: str | None = None,  # noqa: N803 - the platform's name
    **__: object,
) -> Payload:
    """Begin to run a mutation on every line of an uploaded file."""
    context = context_of(info)
    error = next(_run_errors(info, mutation, stagedUploadPath, clientIdentifier), None)
    if error is not None:
        journal_errors(context, info.field_name, None, [error])
        return {"bulkOperation": None, "userErrors": [error]}
    operation = context.bulk.operations.start(
        mutation, stagedUploadPath, clientIdentifier, context.at
    )
    return {"bulkOperation": operation, "userErrors": []}


def _run_errors(
    info: Info, mutation: str, path: str, client_identifier: str | None
) -> Iterator[UserError]:
    """Yield why an operation cannot begin, in the order in which the platform looks."""
    context = context_of(info)
    yield from mutation_error(info.schema, mutation)
    yield from _identifier_errors(client_identifier)
    file = context.bulk.uploads.path_of(path)
    if file is None:
        yield user_error(
            None,
            "The JSONL file could not be found. Try uploading the file again, and check that "
            "you've entered the URL correctly for the stagedUploadPath mutation argument.",
            "NO_SUCH_FILE",
        )
        return
    yield from _file_errors(context, file)
    running = context.bulk.operations.running()
    if len(running) >= MOST_RUNNING:
        named = ", ".join(gid("BulkOperation", operation.id) for operation in running)
        yield user_error(
            None,
            f"A bulk mutation operation for this app and shop is already in progress: {named}.",
            "OPERATION_IN_PROGRESS",
        )


def _identifier_errors(client_identifier: str | None) -> Iterator[UserError]:
    length = _SHORTEST_IDENTIFIER if client_identifier is None else len(client_identifier)
    if length < _SHORTEST_IDENTIFIER:
        message = f"is too short (minimum is {_SHORTEST_IDENTIFIER} characters)"
        yield user_error(["clientIdentifier"], message, "INVALID_MUTATION")
    if length > _LONGEST_IDENTIFIER:
        message = f"is too long (maximum is {_LONGEST_IDENTIFIER} characters)"
        yield user_error(["clientIdentifier"], message, "INVALID_MUTATION")


def _file_errors(context: RequestContext, file: Path) -> Iterator[UserError]:
    size = file.stat().st_size
    if size == 0:
        yield user_error(None, "The input file is empty.", "INVALID_STAGED_UPLOAD_FILE")
    elif size > context.bulk.uploads.largest_file:
        yield user_error(
            None,
            "The input file size exceeds the maximum allowed size of "
            f"{LARGEST_FILE // 1024 // 1024} MB.",
            "INVALID_STAGED_UPLOAD_FILE",
        )
    elif not _begins_with_variables(file):
        yield user_error(
            None, "Unexpected file structure - expected JSONL", "INVALID_STAGED_UPLOAD_FILE"
        )


def _begins_with_variables(file: Path) -> bool:
    with file.open("rb") as lines:
        first = next((line for line in lines if line.strip()), b"")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def cancel_operation(_: object, info: Info, id: str) -> Payload:  # noqa: A002
    """Ask an operation to stop in front of its next line; what it has done stays."""
    context = context_of(info)
    operation = context.bulk.operations.get(identifier_number(id, "BulkOperation") or 0)
    if operation is None:
        error = user_error(["id"], "Bulk operation does not exist")
        return {"bulkOperation": None, "userErrors": [error]}
    if operation.has_ended():
        status = operation.status.value.lower()
        error = user_error(None, f"A bulk operation cannot be canceled when it is {status}")
        return {"bulkOperation": operation, "userErrors": [error]}
    context.bulk.operations.cancel(operation)
    return {"bulkOperation": operation, "userErrors": []}
