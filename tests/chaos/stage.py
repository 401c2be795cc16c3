"""The stack that chaos comes to: a store of each platform, a clock to set, a disk to fill."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path

from starter.stack.description import (
    SandboxDescription,
    SandboxStoreDescription,
    StackDescription,
    WorkerDescription,
)
from steward.errors import StewardError
from tests.chaos.schedule import Accident
from tests.end_to_end.house import House, house_of
from tests.end_to_end.jobs import PLATFORMS

_LEDGER_DISK = "ledger-disk"
_TRIES, _BETWEEN_TRIES_SECONDS = 20, 1.0
_DISK_SIZE = "2g"
_FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
# Room for as many runs as go on at once, should one platform have them all.
_PRODUCTS, _VARIANTS = 150, 430


class Stage:
    """A house with what accidents need beside it."""

    def __init__(self, house: House, clock: Path, disk: Path | None) -> None:
        """Take the house, the file that sets its workers' clock, and its ledger's own disk."""
        self.house = house
        self._clock = clock
        self._disk = disk
        self._parts = {part.name: asyncio.Lock() for part in house.stack.parts}
        self.ledger = asyncio.Lock()

    async def restart(self, part: str, *, away: float = 0) -> None:
        """Kill a part, and return once it is up again, after so many seconds at least."""
        async with self._parts[part]:
            await self.house.stack.kill(part, restart=False)
            await asyncio.sleep(away)
            await self._start(part)

    async def _start(self, part: str) -> None:
        """Start a part; one that comes up amid another accident may need more than one try."""
        for _ in range(_TRIES - 1):
            with suppress(StewardError):
                await self.house.stack.start(part)
                return
            # What it needs may be away for as long as the longest accident.
            await asyncio.sleep(_BETWEEN_TRIES_SECONDS)
        await self.house.stack.start(part)

    async def step_clock(self, seconds: float) -> None:
        """Set the clock of the workers forward or back against the machine's."""
        await asyncio.to_thread(self._clock.write_text, f"{seconds:+.1f}\n", encoding="ascii")

    async def fill_disk(self, seconds: float) -> None:
        """Leave the ledger's disk without any room for as long as this."""
        assert self._disk is not None
        async with self.ledger:
            taken = os.statvfs(self._disk)
            full = (taken.f_blocks - taken.f_bfree) * taken.f_frsize
            await _order("mount", "-o", f"remount,size={full}", str(self._disk))
            try:
                await asyncio.sleep(seconds)
            finally:
                await _order("mount", "-o", f"remount,size={_DISK_SIZE}", str(self._disk))

    async def lock_ledger(self, seconds: float) -> None:
        """Let nobody write to the ledger for as long as this."""
        async with self.ledger:
            lock = self.house.ledger_locked()
            await asyncio.to_thread(lock.__enter__)
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.to_thread(lock.__exit__, None, None, None)


def possible_accidents() -> frozenset[Accident]:
    """Return what can happen on this machine.

    A full disk takes the right to mount one (Linux, root), and a clock that steps libfaketime.
    """
    impossible = set()
    if sys.platform != "linux" or os.geteuid() != 0:
        impossible.add(Accident.DISK_FULL)
    if not _FAKETIME:
        impossible.add(Accident.CLOCK_STEPPED)
    return frozenset(Accident) - impossible


@asynccontextmanager
async def standing_stage(data: Path, possible: frozenset[Accident]) -> AsyncIterator[Stage]:
    """Start everything on this data, and end it."""
    clock, disk = data / "clock", data / _LEDGER_DISK
    await asyncio.to_thread(_prepare, clock, disk)
    has_disk = Accident.DISK_FULL in possible
    async with _mounted(disk) if has_disk else nullcontext():
        description = StackDescription(
            sandbox=SandboxDescription(stores=tuple(_store(name) for name in PLATFORMS)),
            workers=(
                _worker("steward", ("steward", "reason"), clock),
                _worker("platforms", PLATFORMS, clock),
            ),
            ledger=f"{_LEDGER_DISK}/ledger.db",
        )
        async with house_of(description, data) as house:
            yield Stage(house, clock, disk if has_disk else None)


def _prepare(clock: Path, disk: Path) -> None:
    disk.mkdir(parents=True)
    clock.write_text("+0\n", encoding="ascii")


def _store(platform: str) -> SandboxStoreDescription:
    return SandboxStoreDescription(
        name=platform,
        platform=platform,
        plan="enterprise",
        products=_PRODUCTS,
        variants=_VARIANTS,
        search_lag_seconds=0.1,
    )


def _worker(name: str, queues: tuple[str, ...], clock: Path) -> WorkerDescription:
    worker = str(Path(sys.executable).parent / "steward-worker")
    faked = (
        "/usr/bin/env",
        f"LD_PRELOAD={_FAKETIME[0]}",
        f"FAKETIME_TIMESTAMP_FILE={clock}",
        "FAKETIME_CACHE_DURATION=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
    ) if _FAKETIME else ()  # fmt: skip
    return WorkerDescription(name=name, queues=queues, command=(*faked, worker))


@asynccontextmanager
async def _mounted(disk: Path) -> AsyncIterator[None]:
    await _order("mount", "-t", "tmpfs", "-o", f"size={_DISK_SIZE}", "tmpfs", str(disk))
    try:
        yield
    finally:
        # What was found wrong can be looked into once the disk is gone.
        await _order("cp", "-r", str(disk), f"{disk}-at-the-end")
        await _order("umount", "--lazy", str(disk))


async def _order(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0, f"{' '.join(words)} failed"
