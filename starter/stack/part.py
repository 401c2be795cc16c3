"""One part of the stack: a process that is started, found ready, watched and ended."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from starter.stack.process_table import StartedProcess, signal_group, start_of
from steward.errors import StackUnavailable

_LOOK_AGAIN_SECONDS = 0.05
# A worker that serves models takes most of ten seconds of processor time to load them.
_READY_WITHIN_SECONDS = 60.0
_LOG_LIMIT_BYTES = 5_000_000
_LOG_TAIL_BYTES = 4_000
_LOG_TAIL_LINES = 15


class PartFailed(StackUnavailable):
    """A part did not come up; `log_tail` holds the last lines that it wrote."""

    def __init__(self, message: str, *, remedy: str, log_tail: str) -> None:
        """Keep the lines apart from the sentence."""
        super().__init__(message, remedy=remedy)
        self.log_tail = log_tail


class PartState(StrEnum):
    """What a part is doing; `HELD` was ended on purpose and waits to be started again."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    HELD = "held"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class PartPlan:
    """How a part is run.

    `when_ready` returns once the part answers; it is given what the part has written to its log
    since it was started, as a function. `stop_rank` orders the ending: lower ranks end first.
    """

    name: str
    address: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    when_ready: Callable[[Callable[[], str]], Awaitable[None]]
    stop_rank: int
    grace_seconds: float


class Part:
    """A process of the stack."""

    def __init__(self, plan: PartPlan) -> None:
        """Take the plan; nothing is started yet."""
        self.plan = plan
        self.state = PartState.STOPPED
        self.ready_since: float | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._log_begin = 0

    @property
    def name(self) -> str:
        """The part's name, such as `worker:stores`."""
        return self.plan.name

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    @property
    def started_process(self) -> StartedProcess | None:
        """The process, told apart from later ones with its id, while it runs."""
        started = start_of(self.pid) if self.pid else None
        return StartedProcess(self.pid, started) if self.pid and started else None

    async def spawn(self) -> None:
        """Start the process, in a group of its own, writing to the log file.

        Raises:
            PartFailed: its command cannot be executed.
        """
        self.plan.log_file.parent.mkdir(parents=True, exist_ok=True)
        if _size(self.plan.log_file) > _LOG_LIMIT_BYTES:
            self.plan.log_file.replace(self.plan.log_file.with_suffix(".log.1"))
        self._log_begin = _size(self.plan.log_file)
        log = os.open(self.plan.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.plan.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.plan.environment),
                start_new_session=True,
            )
        except OSError as error:
            raise PartFailed(
                f"{self.name} cannot be started: {self.plan.command[0]}: {error.strerror}.",
                remedy="Check that it is installed and may be executed.",
                log_tail="",
            ) from error
        finally:
            os.close(log)

    async def until_ready(self) -> None:
        """Return once the process answers.

        Raises:
            PartFailed: it ended instead, or did not answer in time; tells its last lines.
        """
        ready = asyncio.ensure_future(self.plan.when_ready(self.log_since_start))
        ended = asyncio.ensure_future(self.ended())
        try:
            await asyncio.wait(
                (ready, ended), timeout=_READY_WITHIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if ready.done():
                ready.result()
            elif ended.done():
                raise self._failure(f"ended at once ({manner_of(ended.result())})")
            else:
                raise self._failure(f"did not answer within {_READY_WITHIN_SECONDS:.0f} seconds")
        finally:
            for waiting in (ready, ended):
                waiting.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
        self.state = PartState.READY
        self.ready_since = asyncio.get_running_loop().time()

    async def ended(self) -> int:
        """Return the exit code once the process has ended, or minus the number of its signal."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        # What it started may have stayed behind.
        signal_group(self._process.pid, signal.SIGKILL)
        return code

    async def stop(self) -> None:
        """End the process politely, and after its grace period by force, with all it started."""
        if self._process is not None and self._process.returncode is None:
            signal_group(self._process.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.plan.grace_seconds):
                    await self.ended()
        await self.kill()
        self.state = PartState.STOPPED

    async def kill(self) -> None:
        """End the process by force, with all that it started, as a crash would."""
        self.kill_now()
        await self.ended()

    def kill_now(self) -> None:
        """End the process by force without waiting until it is gone."""
        if self._process is not None and self._process.returncode is None:
            signal_group(self._process.pid, signal.SIGKILL)

    def log_since_start(self) -> str:
        """Return what the process has written since it was started."""
        with suppress(FileNotFoundError), self.plan.log_file.open("rb") as log:
            log.seek(self._log_begin)
            return log.read().decode(errors="replace")
        return ""

    def log_tail(self) -> str:
        """Return the last lines that the process wrote."""
        lines = self.log_since_start()[-_LOG_TAIL_BYTES:].rstrip().splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def _failure(self, what: str) -> PartFailed:
        tail = self.log_tail()
        last = tail.splitlines()[-1] if tail else "it wrote nothing"
        return PartFailed(
            f"{self.name} {what}: {last.rstrip('.')}.",
            remedy=f"Its log is {self.plan.log_file}.",
            log_tail=tail,
        )


def manner_of(code: int) -> str:
    """Return how a process ended, for people."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once something outside this process holds, looking again twenty times a second."""
    while not await holds():  # noqa: ASYNC110 - nothing here could set an event
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
