"""The HTTP side of bulk operations: files in, results out, without a token as on the platform."""

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.connection import NoResponse
from sandbox.faults import RequestFacts
from sandbox.shopify.bulk.form import FormError, read_form
from sandbox.shopify.bulk.operations import BulkOperation
from sandbox.shopify.bulk.uploads import ADDRESS, UploadError
from sandbox.shopify.disturbance import Disturbed, answer_through_faults
from sandbox.shopify.identifiers import gid

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.shopify.store import ShopifyStore

RESULTS = "bulk-operation-outputs"
"""The path under which results are; the platform uses a host of its own."""

_UPLOAD = "stagedUpload"
_DOWNLOAD = "bulkOperationResult"


def result_address(address: str, operation: BulkOperation) -> str:
    """Return where the rows of an operation can be read; `address` is the store's."""
    return f"{address}/{RESULTS}/{operation.token}?filename=bulk-{operation.id}.jsonl"


class BulkFiles:
    """Takes uploads and gives results.

    To faults an upload is of the kind `upload` and the operation `stagedUpload`, a result of the
    kind `download` and the operation `bulkOperationResult`.
    """

    def __init__(self, store: "ShopifyStore") -> None:
        self._store = store

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(f"/{ADDRESS}/", self._post, methods=["POST"]),
            Route(f"/{ADDRESS}", self._post, methods=["POST"]),
            Route(f"/{ADDRESS}/{{key:path}}", self._put, methods=["PUT"]),
            Route(f"/{RESULTS}/{{token}}", self._result, methods=["GET"]),
        ]

    async def _post(self, request: Request) -> Response:
        try:
            form = read_form(await request.body(), request.headers.get("content-type", ""))
        except FormError as error:
            return _refused(UploadError(400, "MalformedPOSTRequest", str(error)))
        except ClientDisconnect:
            return NoResponse()

        def respond() -> Response:
            try:
                stored = self._store.bulk.uploads.post(form.fields, form.content)
            except UploadError as error:
                return _refused(error)
            told = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in stored.items())
            return _xml(f"<PostResponse>{told}</PostResponse>", 201)

        return await self._disturbed(request, _UPLOAD, form.fields.get("key", ""), respond)

    async def _put(self, request: Request) -> Response:
        key = request.path_params["key"]
        try:
            content = await request.body()
        except ClientDisconnect:
            return NoResponse()

        def respond() -> Response:
            try:
                self._store.bulk.uploads.put(key, content)
            except UploadError as error:
                return _refused(error)
            return Response(b"")

        return await self._disturbed(request, _UPLOAD, key, respond)

    async def _result(self, request: Request) -> Response:
        operations = self._store.bulk.operations
        operation = operations.by_token(request.path_params["token"])
        if operation is None or not operation.has_ended():
            return _refused(UploadError(404, "NoSuchKey", "The specified key does not exist."))
        path = operations.result_path(operation)

        def respond() -> Response:
            rows = path.read_bytes() if path.exists() else b""
            return Response(rows, media_type="application/jsonl")

        return await self._disturbed(
            request, _DOWNLOAD, gid("BulkOperation", operation.id), respond
        )

    async def _disturbed(
        self,
        request: Request,
        operation: str,
        resource_id: str,
        respond: "Callable[[], Response]",
    ) -> Response:
        kind = "upload" if operation == _UPLOAD else "download"
        facts = RequestFacts(kind, frozenset({operation}), frozenset({resource_id}))
        served = Disturbed(
            respond=respond,
            throttle=lambda: _refused(UploadError(503, "SlowDown", "Please reduce your rate.")),
            fail=lambda status: _refused(UploadError(status, "InternalError", "Try again.")),
            refuse=lambda _: None,
        )
        return await answer_through_faults(request, self._store.faults.meeting(facts), served)


def _refused(error: UploadError) -> Response:
    content = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(str(error))}</Message>"
    return _xml(f"{content}</Error>", error.status)


def _xml(content: str, status: int) -> Response:
    text = f"<?xml version='1.0' encoding='UTF-8'?>{content}"
    return Response(text.encode(), status_code=status, media_type="application/xml")
