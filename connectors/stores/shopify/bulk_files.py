"""The files of bulk operations: uploaded to where the platform says, and fetched from there."""

from collections.abc import Sequence

import httpx

from connectors.http import Answered, CallLimits, Exchange, exchange, is_loopback
from connectors.stores.shopify.bulk_answers import UploadTarget
from connectors.stores.shopify.errors import Failures
from steward.errors import StewardError, StoreUnreachable

_UPLOADED = frozenset({200, 201, 204})
_OK = 200
# A file of 20 MB takes its time, and no change depends on how long: the operation comes after it.
_LIMITS = CallLimits(seconds=120.0)


class BulkFiles:
    """Uploads and fetches files; no access token goes along, since the addresses are keys enough.

    They lead to a storage service, and therefore appear in no message.
    """

    def __init__(self, store: str, client: httpx.AsyncClient) -> None:
        """Take the store's configured name, and a client."""
        self._store = store
        self._client = client
        self._failures = Failures(store, writing=False)

    async def upload(self, target: UploadTarget, lines: Sequence[bytes]) -> None:
        """Upload the lines as one file; nothing is written to the shop by it.

        Raises `StoreUnreachable` where the file is not taken.
        """
        form = httpx.Request(
            "POST",
            self._checked(target.url),
            data={one.name: one.value for one in target.parameters},
            files={"file": ("changes.jsonl", b"\n".join(lines), "text/jsonl")},
        )
        done = await exchange(
            self._client,
            "POST",
            target.url,
            headers={"Content-Type": form.headers["content-type"]},
            content=form.read(),
            limits=_LIMITS,
        )
        if not isinstance(done, Answered) or done.status not in _UPLOADED:
            raise self._failure(done, "take the file of changes")

    async def fetch(self, url: str) -> bytes:
        """Return the file's content.

        Raises `StoreUnreachable` where it is not given.
        """
        done = await exchange(self._client, "GET", self._checked(url), headers={}, limits=_LIMITS)
        if not isinstance(done, Answered) or done.status != _OK:
            raise self._failure(done, "give the results of a bulk operation")
        return done.content

    def _checked(self, url: str) -> str:
        """Return the address unless it would send or fetch data unencrypted over a network."""
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            address = httpx.URL("")
        own = address.scheme == "http" and is_loopback(address.host)
        if address.scheme != "https" and not own:
            raise self._failures.of_answer("it names no https address for a file")
        return url

    def _failure(self, done: Exchange, what: str) -> StewardError:
        if not isinstance(done, Answered):
            return self._failures.of_exchange(done)
        return StoreUnreachable(
            f"The file service of store '{self._store}' does not {what} (HTTP {done.status}).",
            remedy="Try again later; Shopify's status page says more.",
        )
