"""A call to the outside ends within its limits, whatever the other side does."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from connectors.http import Answered, CallLimits, NoAnswer, exchange, new_client

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def platform(answer: Answer) -> AsyncIterator[str]:
    """A platform that answers every request so, and the address where it listens."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await answer(writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving)
    await server.wait_closed()


async def drips(writer: asyncio.StreamWriter) -> None:
    """Answer a byte at a time, without end as far as a test is concerned."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def says_nothing(writer: asyncio.StreamWriter) -> None:
    """Take the request and leave it at that."""
    del writer
    await asyncio.Event().wait()


async def floods(writer: asyncio.StreamWriter) -> None:
    """Answer without a length, for as long as somebody listens."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not writer.is_closing():
        writer.write(bytes(65_536))
        await writer.drain()


async def is_packed(writer: asyncio.StreamWriter) -> None:
    """Answer with little that unpacks to much."""
    content = gzip.compress(bytes(4_000_000))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))


async def answers(writer: asyncio.StreamWriter) -> None:
    """Answer as one should."""
    writer.write(b"HTTP/1.1 201 Created\r\nX-Left: 7\r\nContent-Length: 4\r\n\r\ntrue")


@pytest.mark.parametrize("answer", [drips, says_nothing])
async def test_call_that_lasts_too_long_has_no_answer(answer: Answer) -> None:
    """The time is that of the whole call, so a write that drips counts as one without an answer."""
    async with platform(answer) as address, new_client(address) as client:
        result = await exchange(client, "POST", "/", headers={}, limits=CallLimits(seconds=0.3))
    assert result == NoAnswer("no whole answer within 0.3 s")


@pytest.mark.parametrize("answer", [floods, is_packed])
async def test_answer_that_is_too_large_is_not_held(answer: Answer) -> None:
    """An answer without end is left, and one that unpacks to too much."""
    async with platform(answer) as address, new_client(address) as client:
        result = await exchange(client, "GET", "/", headers={}, limits=CallLimits(megabytes=2))
    assert result == NoAnswer("the answer is larger than 2 MB")


async def test_client_goes_on_after_a_call_that_was_left() -> None:
    """A call that is left takes no connection along, and waiting for one is not counted."""
    turn = iter([drips] * 40 + [answers] * 100)

    async def next_answer(writer: asyncio.StreamWriter) -> None:
        await next(turn)(writer)

    async with platform(next_answer) as address, new_client(address) as client:
        calls = [
            exchange(client, "GET", "/", headers={}, limits=CallLimits(seconds=0.3))
            for _ in range(100)
        ]
        results = await asyncio.gather(*calls)
    assert [type(one) for one in results].count(NoAnswer) == 40
    answered = Answered(status=201, headers={"x-left": "7", "content-length": "4"}, content=b"true")
    assert [one for one in results if not isinstance(one, NoAnswer)] == [answered] * 60


async def test_call_that_somebody_cancels_is_cancelled() -> None:
    """The limit of time takes no cancellation for its own."""
    async with platform(says_nothing) as address, new_client(address) as client:
        call = asyncio.create_task(exchange(client, "GET", "/", headers={}))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
