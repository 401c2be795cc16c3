"""Claiming: a run's fields are its own before it writes any of them, and until it has ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import assert_never

from activities.backoff import wait_after
from activities.bulkhead import Wait
from steward.audit import AuditEvent, AuditKind
from steward.claim_words import in_the_way
from steward.claims import (
    LEASE,
    Claim,
    ClaimOrder,
    Conflict,
    Hold,
    Holder,
    Refusal,
    WhenClaimed,
)
from steward.errors import ClaimRefused, FieldsClaimed, LedgerUnavailable, UnknownTemplate
from steward.execution import WritesInBulk
from steward.ports import Clock, Ledger, Store, TemplateCatalog
from steward.runs import ChunkReference
from steward.waits import NotedWait

# So many of them in the time after which no write of a step can arrive any more.
_SIGNS_OF_LIFE = 3
_LOOK_AGAIN = timedelta(seconds=4)
# Each look of a waiting step is an action of the engine. A person who cancels it waits as long.
_LONGEST_WAIT = timedelta(seconds=15)
# A wait is shown until the next look has told of it again.
_UNTIL_TOLD_AGAIN = timedelta(seconds=5)


def wait_for_claims(attempt: int, *, undo: bool) -> timedelta:
    """Return how long a step stays away that found its fields held at this attempt, from 1."""
    return wait_after(attempt, longest=_LOOK_AGAIN if undo else _LONGEST_WAIT)


class Claimer:
    """Claims fields for runs, sees to those of runs that are over, and keeps leases alive."""

    def __init__(
        self,
        ledger: Ledger,
        templates: TemplateCatalog,
        clock: Clock,
        goes_on: Callable[[str], Awaitable[bool]],
        wait: Wait = wait_for_claims,
    ) -> None:
        """Take the ports, who knows whether a run goes on, and how long who waits stays away."""
        self._ledger = ledger
        self._templates = templates
        self._clock = clock
        self._goes_on = goes_on
        self._wait = wait

    async def claim(
        self, chunk: ChunkReference, store: Store, *, undo: bool, attempt: int
    ) -> Claim:
        """Return the claim on a chunk's change set.

        Raises `FieldsClaimed` where the step has to wait, for how long by its `attempt`, from 1,
        and `ClaimRefused` where its run is not to wait.
        """
        order = ClaimOrder(
            chunk=chunk,
            undo=undo,
            when_claimed=WhenClaimed.WAIT if undo else await self._when_claimed(chunk.run_id),
        )
        answer = await self._ledger.claim(order, self._clock.now())
        if await self._has_cleared(chunk, store, answer.others):
            answer = await self._ledger.claim(order, self._clock.now())
        match answer:
            case Claim():
                for run_id in answer.taken_from:
                    await self._note(chunk, f"took fields from run {run_id}, which makes way")
                if attempt > 1:
                    now = self._clock.now()
                    await self._ledger.note_wait(chunk.run_id, NotedWait(until=now, reason=""))
                return answer
            case Refusal() if await self._any_goes_on(answer.others):
                raise await self._refused(chunk, answer)
            case Conflict() | Refusal():
                raise await self._waiting(chunk, answer, self._wait(attempt, undo=undo))
            case _:
                assert_never(answer)

    async def _when_claimed(self, run_id: str) -> WhenClaimed:
        run = await self._ledger.load_run(run_id)
        try:
            return self._templates.template(run.start.template).when_claimed
        except UnknownTemplate:
            # Taken away since the run began, or an undo's or a follow-up's own.
            return WhenClaimed.WAIT

    async def _any_goes_on(self, others: Sequence[Holder]) -> bool:
        return any([await self._goes_on(other.run_id) for other in others])

    async def _refused(self, chunk: ChunkReference, refusal: Refusal) -> ClaimRefused:
        """Tell who refuses the run, and return why it ends."""
        other = refusal.others[0].run_id
        why = in_the_way(refusal.others, refusal.overlap)
        await self._note(chunk, f"is refused beside run {other}", detail=f"is refused beside {why}")
        return ClaimRefused(
            f"Run {chunk.run_id} is refused beside {why}.",
            remedy=f"Its template does not wait: ask again when `steward show {other}` says that "
            "that run has ended.",
        )

    async def _waiting(
        self, chunk: ChunkReference, answer: Conflict | Refusal, wait: timedelta
    ) -> FieldsClaimed:
        """Tell for whom the run waits, and return why the step ends."""
        other = answer.others[0].run_id
        reason = in_the_way(answer.others, answer.overlap)
        until = self._clock.now() + wait + _UNTIL_TOLD_AGAIN
        await self._ledger.note_wait(chunk.run_id, NotedWait(until=until, reason=reason))
        await self._note(chunk, f"waits for run {other}", detail=f"waits for {reason}")
        return FieldsClaimed(
            f"Run {chunk.run_id} waits for {reason}.",
            remedy=f"Look at it with `steward show {other}`.",
            retry_after=wait,
        )

    async def _has_cleared(
        self, chunk: ChunkReference, store: Store, others: Sequence[Holder]
    ) -> bool:
        """See to what lost steps and runs that are over have left; return whether that helps."""
        cleared = False
        for other in others:
            if other.may_be_writing(self._clock.now()):
                continue
            if other.writes_until is not None:
                await settle_lost_work(self._ledger, self._clock, store, other.run_id)
                cleared = True
            # The ledger is not told where a run is terminated; the engine knows.
            if not await self._goes_on(other.run_id) and await self._ledger.free_claims(
                other.run_id
            ):
                await self._note(chunk, f"freed the fields of run {other.run_id}, which is over")
                cleared = True
        return cleared

    async def _note(self, chunk: ChunkReference, what: str, *, detail: str = "") -> None:
        """Record in the audit trail what happened between runs; the same once for a change set."""
        await self._ledger.append_audit(
            [
                AuditEvent(
                    key=f"{chunk.run_id}:{AuditKind.CLAIMED}:{chunk.digest}:{what}",
                    store=chunk.store,
                    run_id=chunk.run_id,
                    kind=AuditKind.CLAIMED,
                    actor="steward",
                    at=self._clock.now(),
                    detail=detail or what,
                )
            ]
        )

    @asynccontextmanager
    async def renewing(self, hold: Hold) -> AsyncIterator[None]:
        """Give signs of life for as long as the block runs, so that no write in it lapses."""
        signs = asyncio.create_task(self._renew(hold))
        try:
            yield
        finally:
            signs.cancel()
            with suppress(asyncio.CancelledError):
                await signs

    async def _renew(self, hold: Hold) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / _SIGNS_OF_LIFE)
            # Each mark of a write is a sign of life too, and the next one may get through in time.
            with suppress(LedgerUnavailable):
                await self._ledger.renew_lease(hold, self._clock.now())

    async def end(self, hold: Hold) -> None:
        """Tell that nothing of the step is on its way any more; untold, its lease lapses."""
        with suppress(LedgerUnavailable):
            await self._ledger.end_lease(hold, self._clock.now())


async def require_arrived(ledger: Ledger, clock: Clock, store: Store, run_id: str) -> None:
    """Raise `FieldsClaimed` while a write of a run may arrive, as after its worker was lost.

    Who looks before that would not see what there is to take back.
    """
    until, now = await ledger.writes_until(run_id), clock.now()
    if until is None:
        return
    if until > now:
        raise FieldsClaimed(
            f"Run {run_id} waits until a write without an answer has arrived or never will.",
            remedy="That takes less than a minute.",
            retry_after=min(until - now, _LOOK_AGAIN),
        )
    await settle_lost_work(ledger, clock, store, run_id)


async def settle_lost_work(ledger: Ledger, clock: Clock, store: Store, run_id: str) -> None:
    """Wait until nothing is under way that a run's lost steps began in bulk, and forget them."""
    now = clock.now()
    origins = await ledger.lost_work(run_id, now)
    if isinstance(store, WritesInBulk):
        for origin in origins:
            await store.until_at_rest(origin)
    await ledger.forget_lost_work(run_id, now)
