"""What recorded answers tell about bulk operations and uploaded files, made anew in a folder."""

from pathlib import Path

from sandbox.shopify.bulk import Bulk
from sandbox.shopify.bulk.operations import BulkErrorCode, BulkOperation, BulkStatus
from tests.sandbox.captures import Exchange, Facts, moment

_PREFIX = "gid://shopify/BulkOperation/"


def recorded_bulk(facts: Facts, folder: Path) -> Bulk:
    """Return the bulk mutations that answers tell about, each with a result of its size."""
    bulk = Bulk(folder)
    for identifier, known in facts.fields.items():
        if not identifier.startswith(_PREFIX) or known.get("type") != "MUTATION":
            continue
        error_code = known.get("errorCode")
        operation = BulkOperation(
            id=int(identifier.removeprefix(_PREFIX)),
            mutation=known.get("query", ""),
            upload="",
            client_identifier=None,
            token=identifier,
            created_at=moment(known.get("createdAt")) or 0,
            status=BulkStatus(known.get("status", "CREATED")),
            error_code=None if error_code is None else BulkErrorCode(error_code),
            completed_at=moment(known.get("completedAt")),
            lines_done=int(known.get("objectCount", 0)),
        )
        bulk.operations.add(operation)
        if known.get("url") or known.get("partialDataUrl"):
            size = int(known.get("fileSize") or 1)
            bulk.operations.result_path(operation).write_bytes(b"\n" * size)
    return bulk


def staged(bulk: Bulk, exchange: Exchange) -> dict[str, str]:
    """Upload a file where an exchange names one that was there; return our name of it by theirs."""
    answer = (exchange.answer.get("data") or {}).get("bulkOperationRunMutation") or {}
    path = exchange.variables.get("path") or exchange.variables.get("stagedUploadPath")
    codes = [error.get("code") for error in answer.get("userErrors") or ()]
    if not answer or not path or "NO_SUCH_FILE" in codes:
        return {}
    entry = {"filename": "recorded.jsonl", "mimeType": "text/jsonl", "httpMethod": "POST"}
    target = bulk.uploads.create(entry, 1, "")
    fields = {each["name"]: each["value"] for each in target["parameters"]}
    bulk.uploads.post(fields, b"{}\n")
    return {path: fields["key"]}
