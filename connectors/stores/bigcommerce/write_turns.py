"""Which writes of one store may be under way at the same time.

The platform asks not to adjust stock in bulk while the catalogue is written in bulk, which can make
it calculate stock wrongly, and to send adjustments one after the other.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum


class _Kind(Enum):
    CATALOG = "catalog"
    STOCK = "stock"


@dataclass(eq=False, slots=True)
class _Turn:
    kind: _Kind
    begun: asyncio.Event = field(default_factory=asyncio.Event)


class WriteTurns:
    """Lets writes of the same kind go together, and those of different kinds in turns.

    Turns are given in the order in which they were asked for. Use it on one event loop.
    """

    def __init__(self) -> None:
        """Begin with no write under way."""
        self._waiting: deque[_Turn] = deque()
        self._kind = _Kind.CATALOG
        self._under_way = 0
        self.adjusting = asyncio.Lock()
        """Held while one adjustment of stock is sent and answered."""
        self.pricing = asyncio.Lock()
        """Held while records of a price list are written: the platform takes two such calls, or
        one, at the same time, as its documents have it in different places."""

    def catalog(self) -> AbstractAsyncContextManager[None]:
        """Return a turn to write to the catalogue."""
        return self._turn(_Kind.CATALOG)

    def stock(self) -> AbstractAsyncContextManager[None]:
        """Return a turn to adjust stock, until the adjustment has taken effect."""
        return self._turn(_Kind.STOCK)

    @asynccontextmanager
    async def _turn(self, kind: _Kind) -> AsyncIterator[None]:
        turn = _Turn(kind)
        self._waiting.append(turn)
        self._begin()
        try:
            await turn.begun.wait()
            yield
        finally:
            if turn.begun.is_set():
                self._under_way -= 1
            else:
                self._waiting.remove(turn)
            self._begin()

    def _begin(self) -> None:
        """Begin the turns that wait in front, as far as they go together with what is under way."""
        while self._waiting and (not self._under_way or self._waiting[0].kind is self._kind):
            turn = self._waiting.popleft()
            self._kind = turn.kind
            self._under_way += 1
            turn.begun.set()
