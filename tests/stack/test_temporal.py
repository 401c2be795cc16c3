"""The connection to a Temporal server that is not there, is another one, or refuses us."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.service import RPCError, RPCStatusCode

from connectors.settings import Settings
from connectors.temporal import connect, explained, web_ui_address
from starter.stack.ports import free_port
from steward.errors import (
    CredentialsRejected,
    InvalidSettings,
    NotFound,
    ServerUnreachable,
    StewardError,
)


@asynccontextmanager
async def silent_server(answer: bytes = b"") -> AsyncIterator[str]:
    """Serve a port on which nothing, or nothing sensible, is answered; yields its address."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        try:
            await asyncio.Event().wait() if not answer else await writer.drain()
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing listens, the remedy is to start the stack or to name another server."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port('127.0.0.1')}")
    with pytest.raises(ServerUnreachable) as caught:
        await connect()
    assert "steward up" in caught.value.remedy
    assert "TEMPORAL_ADDRESS" in caught.value.remedy


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_something_else_there_is_told(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What accepts a connection and is no Temporal server ends in an error, never in a wait."""
    async with silent_server(answer) as address:
        monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        with pytest.raises(ServerUnreachable):
            await connect()


@pytest.mark.parametrize("address", ["no port at all", "127.0.0.1:many"])
async def test_impossible_address_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that cannot be one is a mistake in the settings."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    with pytest.raises(InvalidSettings, match="not a server's address"):
        await connect()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("TEMPORAL_PROFILE", "absent"), ("TEMPORAL_TLS_CLIENT_CERT_PATH", "/absent")],
)
async def test_unusable_temporal_settings_are_told(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile or a certificate that is not there is a mistake in the settings."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidSettings, match="Temporal's own settings"):
        await connect()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (RPCStatusCode.NOT_FOUND, NotFound),
        (RPCStatusCode.PERMISSION_DENIED, CredentialsRejected),
        (RPCStatusCode.UNAUTHENTICATED, CredentialsRejected),
        (RPCStatusCode.UNAVAILABLE, ServerUnreachable),
    ],
)
def test_refused_call_is_told_by_its_status(
    status: RPCStatusCode, kind: type[StewardError]
) -> None:
    """Each way in which a server refuses has its own error, and each error a remedy."""
    error = explained(RPCError("no.\nnot at all", status, b""), "there:1", "shop")
    assert type(error) is kind
    assert "there:1" in error.message
    assert error.remedy


def test_web_ui_address_names_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The link leads to the run in its namespace, and there is none where no Web UI is known."""
    settings = Settings(data=Path("/d"), ledger="sqlite:////l")
    assert web_ui_address("run 1", settings) is None
    seen = settings.model_copy(update={"web_ui": "https://ui.example/"})
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "shop.a1")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "there:1")
    expected = "https://ui.example/namespaces/shop.a1/workflows/run%201"
    assert web_ui_address("run 1", seen) == expected
    assert web_ui_address("run 1", seen, execution="e-1") == f"{expected}/e-1"
