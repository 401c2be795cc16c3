"""Runs of every family of fields, on all platforms, whose workers die in the middle of writing."""

from collections.abc import Sequence
from dataclasses import dataclass

from starter.stack.description import SandboxStoreDescription
from tests.end_to_end.house import House, small_store
from tests.end_to_end.jobs import Case, case_of
from tests.end_to_end.kill_points import HeldRequest, Moment, Way
from tests.end_to_end.shop import Shop


@dataclass(frozen=True, slots=True)
class Kill:
    """A case, the moment in a write at which its workers die, and whether in its undo."""

    case: Case
    moment: Moment
    way: Way = Way.RUN

    @property
    def name(self) -> str:
        """What the test calls it."""
        return f"{self.case.store}-{self.way}-{self.moment}"

    @property
    def store(self) -> SandboxStoreDescription:
        """The shop that is there for it alone."""
        return small_store(f"killed-{self.case.store}-{self.way}", self.case.platform)


def _kill(platform: str, job: str, moment: Moment, way: Way = Way.RUN) -> Kill:
    return Kill(case_of(platform, job), moment, way)


KILLS: Sequence[Kill] = [
    _kill("shopify", "title", Moment.BEFORE_WRITE),
    _kill("shopify", "retag", Moment.AFTER_WRITE),
    _kill("shopify", "recategorize", Moment.AFTER_WRITE),
    _kill("shopify", "restock", Moment.AFTER_WRITE),
    _kill("bigcommerce", "restock", Moment.AFTER_WRITE),
    _kill("bigcommerce", "recategorize", Moment.AFTER_ANSWER),
    _kill("bigcommerce", "hidden", Moment.AFTER_WRITE),
    _kill("bigcommerce", "description", Moment.APPLIED_LATE),
    _kill("bigcommerce", "begin-sale", Moment.AFTER_WRITE),
    _kill("adobe_commerce", "restock", Moment.AFTER_WRITE),
    _kill("adobe_commerce", "seo-title", Moment.AFTER_ANSWER),
    _kill("adobe_commerce", "seo-description", Moment.AFTER_WRITE, Way.ROLLBACK),
    _kill("adobe_commerce", "draft", Moment.BEFORE_WRITE),
    _kill("adobe_commerce", "begin-sale", Moment.AFTER_WRITE),
]


class AtWrite(HeldRequest):
    """The workers die over the second write of a run, or over the first of its undo."""

    def __init__(self, kill: Kill, house: House, shop: Shop) -> None:
        """Take the case, and the shop that nobody else uses."""
        super().__init__(kill.name, kill.moment, house, shop)
        self._kill = kill

    async def prepare(self) -> None:
        """Bring the run to where somebody has to decide, or the run to be undone to its end."""
        self.run = await self.house.start_job(self.shop.name, self._kill.case.job)
        await self.house.waiting(self.run)
        if self._kill.way is Way.ROLLBACK:
            await self.agree()
            await self.house.ended(self.run)

    async def park(self) -> None:
        """Go on until the write is held."""
        is_undo = self._kill.way is Way.ROLLBACK
        self._held = await self._hold({"kind": "mutation"}, skip=0 if is_undo else 1)
        if is_undo:
            self.undo = await self.house.start_rollback(self.started.id)
        else:
            await self.agree()
        await self._held.holds()
