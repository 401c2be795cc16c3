"""HTTP to the outside: one attempt per call, and plainly what came of it."""

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx

from steward.errors import InvalidSettings

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_MOST_CONNECTIONS = 32
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")

# No byte of the request has left when one of these is raised.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a call may last, from its connection on, and how large its answer may be.

    `seconds` are for the whole of it: one that drips keeps within every time limit of a read.
    `megabytes` are those of the answer when it is unpacked, of 1,000,000 bytes each.
    """

    seconds: float = 30.0
    megabytes: float = 64.0


CALL_LIMITS = CallLimits()


@dataclass(frozen=True, slots=True)
class Answered:
    """The other side answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left; `cause` ends the sentence "the store cannot be reached: ..."."""

    cause: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request left, wholly or in part, and no whole answer came back."""

    cause: str


Exchange = Answered | NotSent | NoAnswer


def origin_of(address: str) -> str:
    """Return scheme, host and port of a base address; a bare host name means https.

    Raises `InvalidSettings` for what is no web address, carries a user name or a path, or would
    send a secret over an unencrypted connection to another network. Plain http is left to this
    machine and to hosts without a domain, such as a container's neighbours.
    """
    remedy = "Write it like https://example.myshopify.com."
    try:
        url = httpx.URL(address if "://" in address else f"https://{address}")
    except httpx.InvalidURL:
        raise InvalidSettings("A store's address is no web address.", remedy=remedy) from None
    if url.scheme not in {"http", "https"} or not _HOST.fullmatch(url.host) or url.userinfo:
        raise InvalidSettings(
            "A store's address needs http or https, a host, and no user name.", remedy=remedy
        )
    if url.path not in {"", "/"} or url.query or url.fragment:
        raise InvalidSettings(
            f"The store address of {url.host} goes on after the host.", remedy=remedy
        )
    if url.scheme == "http" and "." in url.host and not is_loopback(url.host):
        raise InvalidSettings(
            f"The store address of {url.host} would send the access token unencrypted.",
            remedy="Use https.",
        )
    return str(url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def new_client(origin: str) -> httpx.AsyncClient:
    """Return a client for one origin: explicit time limits, no redirects, no retries.

    The environment's proxies apply, except for this machine. Waiting for a free connection is not
    limited in time, because the pacer decides how much is under way.
    """
    return httpx.AsyncClient(
        base_url=origin,
        timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS, pool=None),
        limits=httpx.Limits(max_connections=_MOST_CONNECTIONS),
        follow_redirects=False,
        trust_env=not is_loopback(httpx.URL(origin).host),
    )


async def post_json(
    client: httpx.AsyncClient, path: str, content: bytes, headers: Mapping[str, str]
) -> Exchange:
    """Post JSON once and return what came of it; see `exchange`."""
    return await exchange(client, "POST", path, headers=headers, content=content)


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    parameters: Mapping[str, str] | None = None,
    content: bytes | None = None,
    limits: CallLimits = CALL_LIMITS,
) -> Exchange:
    """Send one request, whose content is JSON unless a header says otherwise, once.

    Whatever the other side does, the call ends within its limits; the time that it waits for a
    free connection is not counted. Returns what came of it and raises nothing of httpx: its
    exceptions hold the request with its headers, so they end here, and neither their text nor they
    themselves go further.
    """
    sent = headers if content is None else {"Content-Type": "application/json", **headers}
    request = client.build_request(method, path, params=parameters, content=content, headers=sent)
    try:
        async with asyncio.timeout(None) as limit:
            request.extensions["trace"] = _starting(limit, limits.seconds)
            return await _answer(client, request, limits)
    except _NOT_SENT as error:
        return NotSent(_cause(error))
    except httpx.HTTPError as error:
        return NoAnswer(_cause(error))
    except TimeoutError:
        return NoAnswer(f"no whole answer within {limits.seconds:g} s")


def _starting(
    limit: asyncio.Timeout, seconds: float
) -> Callable[[str, Mapping[str, object]], Awaitable[None]]:
    """Return what httpx tells of each step of a call: with the first the time begins to run."""

    async def told(_name: str, _info: Mapping[str, object]) -> None:
        if limit.when() is None:
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    return told


async def _answer(
    client: httpx.AsyncClient, request: httpx.Request, limits: CallLimits
) -> Answered | NoAnswer:
    response = await client.send(request, stream=True)
    try:
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > limits.megabytes * 1_000_000:
                return NoAnswer(f"the answer is larger than {limits.megabytes:g} MB")
    finally:
        await response.aclose()
    return Answered(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        content=bytes(content),
    )


def _cause(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout():
            return f"no connection within {_CONNECT_SECONDS:.0f} s"
        case httpx.ReadTimeout() | httpx.WriteTimeout():
            return f"no answer within {_READ_SECONDS:.0f} s"
        case httpx.ConnectError() | httpx.ProxyError():
            return "the connection was not accepted"
        case httpx.NetworkError() | httpx.RemoteProtocolError():
            return "the connection broke off"
        case _:
            return "the exchange failed"
