"""A connector with a known defect fails the check that is there for it."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.conformance import (
    CHECKS,
    AppliedWrite,
    Disturbance,
    StoreUnderTest,
    verify,
)
from connectors.conformance.families import values_of
from connectors.conformance.fields import FIELD_CHECKS, checks_of_families
from connectors.conformance.trial import target_of
from steward.catalog import PRICES, CatalogDetail, Selection, Snapshot
from steward.changes import Change, Target
from steward.errors import AnswerLost, CredentialsRejected, StoreThrottled
from steward.execution import Accepted, Answer, CallEstimate, Rejected, WriteRequest
from steward.money import Money
from steward.ports import Store
from steward.values import ABSENT, Text, Value
from steward.waits import Wait
from tests.connectors.conformance.sandbox_shops import STRANGER, SandboxShop


class Faultless:
    """A store that hands every call on; its descendants each do one thing wrong."""

    def __init__(self, store: Store, readings: list[Snapshot]) -> None:
        self._store = store
        self._readings = readings

    @property
    def name(self) -> str:
        return self._store.name

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        return await self._store.read_catalog(selection, detail)

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        return await self._store.read_values(targets)

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        return self._store.requests_for(changes)

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        return self._store.predict(request)

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        return self._store.estimate(requests)

    def allowance_for(self, requests: Sequence[WriteRequest]) -> AbstractAsyncContextManager[int]:
        return self._store.allowance_for(requests)

    def waiting(self) -> Wait | None:
        return self._store.waiting()

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        return await self._store.send(request)


class LosesAPage(Faultless):
    """Leaves products out."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        snapshot = await self._store.read_catalog(selection, detail)
        return snapshot.model_copy(update={"products": snapshot.products[:-1]})


class ChangesTheOrder(Faultless):
    """Turns the products around each second time."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        snapshot = await self._store.read_catalog(selection, detail)
        self._readings.append(snapshot)
        turned = snapshot.products[:: 1 if len(self._readings) % 2 else -1]
        return snapshot.model_copy(update={"products": turned})


class ReadsAbsentAsZero(Faultless):
    """Takes no value for an amount of zero."""

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        values = await self._store.read_values(targets)
        zero = Money(amount=Decimal(0), currency="USD")
        return {target: zero if value == ABSENT else value for target, value in values.items()}


class ReadsAbsentAsEmpty(Faultless):
    """Takes no text for an empty one."""

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        values = await self._store.read_values(targets)
        empty = Text(text="")
        return {target: empty if value == ABSENT else value for target, value in values.items()}


class RemembersValues(Faultless):
    """Reads values from the last snapshot."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        snapshot = await self._store.read_catalog(selection, detail)
        self._readings.append(snapshot)
        return snapshot

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        last = self._readings[-1]
        known = {
            target_of(variant, name): value
            for product in last.products
            for variant in product.variants
            for name, value in variant.prices.items()
        } | dict(values_of(last))
        return {target: known[target] for target in targets}


class WritesNothing(Faultless):
    """Says that everything was accepted."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        return tuple(Accepted() for _ in request.changes)


class WritesTwice(Faultless):
    """Sends each request twice."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        await self._store.send(request)
        return await self._store.send(request)


class NeverWritesAlike(Faultless):
    """Makes other requests of the same changes each time."""

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        self._readings.append(self._readings[-1])
        more = " " * len(self._readings)
        return tuple(
            request.model_copy(update={"body": request.body + more})
            for request in self._store.requests_for(changes)
        )


class RefusesAllForOne(Faultless):
    """Reports a request as refused where one change was."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        answers = await self._store.send(request)
        refused = [answer for answer in answers if isinstance(answer, Rejected)]
        return tuple(refused[0] for _ in answers) if refused else answers


class KeepsCompareAtPrices(Faultless):
    """Never takes a value away."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        kept = [change for change in request.changes if change.after != ABSENT]
        for own in self._store.requests_for(kept):
            await self._store.send(own)
        return tuple(Accepted() for _ in request.changes)


class NeverSaysWhen(Faultless):
    """Does not pass on when to come back."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        try:
            return await self._store.read_catalog(selection, detail)
        except StoreThrottled as error:
            raise StoreThrottled(error.message) from None

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        try:
            return await self._store.send(request)
        except StoreThrottled as error:
            raise StoreThrottled(error.message) from None


class SaysAppliedWhenThrottled(Faultless):
    """Takes a throttled write for an accepted one."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        try:
            return await self._store.send(request)
        except StoreThrottled:
            return tuple(Accepted() for _ in request.changes)


class SendsAgainWhenLost(Faultless):
    """Repeats a write whose answer was lost."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        try:
            return await self._store.send(request)
        except AnswerLost:
            return await self._store.send(request)


class CallsLostRefused(Faultless):
    """Takes a lost answer for a refusal."""

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        try:
            return await self._store.send(request)
        except AnswerLost:
            return tuple(Rejected(code="500", reason="failed") for _ in request.changes)


class PredictsRefusals(Faultless):
    """Expects the worst."""

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        return tuple(Rejected(code="NO", reason="never") for _ in request.changes)


class LetsEverybodyIn(Faultless):
    """Answers strangers from memory."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        try:
            return await self._store.read_catalog(selection, detail)
        except CredentialsRejected:
            return self._readings[-1]


class TellsTheToken(Faultless):
    """Raises an error whose cause holds the token."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        try:
            return await self._store.read_catalog(selection, detail)
        except CredentialsRejected as error:
            # Only the cause holds it, which a traceback shows.
            raise CredentialsRejected(error.message) from ValueError(STRANGER)


class LogsTheToken(Faultless):
    """Writes the token into a log record."""

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        logging.getLogger("connector").debug("header %s", {"token": STRANGER})
        return await self._store.read_catalog(selection, detail)


class Wrapped:
    """A proving whose connector has a defect."""

    def __init__(self, shop: SandboxShop, defect: type[Faultless]) -> None:
        self._shop = shop
        self._defect = defect
        self._readings: list[Snapshot] = []
        self.under_test: StoreUnderTest = shop.under_test

    async def reset(self) -> None:
        await self._shop.reset()
        async with self._shop.open() as store:
            self._readings.append(await store.read_catalog(self.under_test.selection))

    def open(self) -> AbstractAsyncContextManager[Store]:
        return self._spoilt(self._shop.open())

    def open_as_stranger(self) -> AbstractAsyncContextManager[Store]:
        return self._spoilt(self._shop.open_as_stranger())

    @asynccontextmanager
    async def _spoilt(self, opened: AbstractAsyncContextManager[Store]) -> AsyncIterator[Store]:
        async with opened as store:
            yield self._defect(store, self._readings)

    async def held(self) -> Mapping[Target, Value]:
        return await self._shop.held()

    async def applied_writes(self) -> Sequence[AppliedWrite]:
        return await self._shop.applied_writes()

    async def somebody_else_sets(self, target: Target, value: Value) -> None:
        await self._shop.somebody_else_sets(target, value)

    async def disturb(self, disturbance: Disturbance) -> None:
        await self._shop.disturb(disturbance)

    async def settle(self) -> None:
        await self._shop.settle()

    async def wait(self, duration: timedelta) -> None:
        await self._shop.wait(duration)


CAUGHT: list[tuple[type[Faultless], str, str]] = [
    (LosesAPage, "reads_page_completely", "are not read"),
    (ChangesTheOrder, "reads_are_deterministic", "two readings of an unchanged shop differ"),
    (ReadsAbsentAsZero, "values_by_id_equal_the_snapshot", "reads as 0.00 USD, and is -"),
    (ReadsAbsentAsZero, "absent_values_are_read_as_absent", "reads as 0.00 USD, and is -"),
    (WritesNothing, "writes_are_read_back", "should be .*, and reads back as"),
    (WritesTwice, "writes_are_read_back", "write more than once"),
    (NeverWritesAlike, "writes_are_read_back", "in another request than was simulated"),
    (RemembersValues, "a_repeat_writes_nothing", "should be unchanged, and is applied"),
    (RefusesAllForOne, "a_missing_resource_hides_no_other_answer", "beside a refused one"),
    (RefusesAllForOne, "a_refused_price_hides_no_other_answer", "applied, and is refused"),
    (RemembersValues, "a_stale_value_is_moved", "should be moved, and is applied"),
    (KeepsCompareAtPrices, "an_inverse_restores_every_value", "should be -, and reads back"),
    (KeepsCompareAtPrices, "an_inverse_restores_inherited_prices", "should be -, and reads back"),
    (PredictsRefusals, "predictions_agree_with_answers", "gets kind='accepted', not Rejected"),
    (NeverSaysWhen, "a_throttled_write_loses_nothing", "come back after None"),
    (SaysAppliedWhenThrottled, "a_throttled_write_loses_nothing", "in the shop itself"),
    (NeverSaysWhen, "a_throttled_read_says_when_to_come_back", "come back after None"),
    (SendsAgainWhenLost, "a_lost_answer_to_prices_is_resolved", "should raise AnswerLost once"),
    (CallsLostRefused, "a_lost_answer_to_prices_is_resolved", "should raise AnswerLost once"),
    (SendsAgainWhenLost, "a_lost_answer_to_a_sale_is_resolved", "should raise AnswerLost once"),
    (LetsEverybodyIn, "wrong_credentials_are_rejected", "are let in"),
    (TellsTheToken, "wrong_credentials_are_rejected", "a secret is shown"),
    (ReadsAbsentAsEmpty, "texts_read_as_the_shop_holds_them", "by id"),
    (WritesNothing, "texts_read_back_as_written", "should be .*, and reads back as"),
    (NeverWritesAlike, "texts_read_back_as_written", "in another request than was simulated"),
    (RemembersValues, "texts_repeated_write_nothing", "should be unchanged, and is applied"),
    (RemembersValues, "texts_that_moved_are_left_alone", "should be moved, and is applied"),
    (KeepsCompareAtPrices, "texts_restored_by_the_inverse", "values are not restored"),
    (PredictsRefusals, "texts_predicted_as_they_are_answered", "not Rejected"),
    (SaysAppliedWhenThrottled, "texts_throttled_lose_nothing", "in the shop itself"),
    (CallsLostRefused, "texts_whose_answer_was_lost_are_resolved", "should be applied, and is"),
    (LogsTheToken, "secrets_stay_hidden_in_trouble", "a secret is shown"),
]


@pytest.mark.parametrize(("defect", "check", "words"), CAUGHT)
async def test_a_defect_is_caught(
    defect: type[Faultless], check: str, words: str, shops: Mapping[str, SandboxShop]
) -> None:
    """The check fails for that very reason, and passes once the defect is gone."""
    shop = shops["bigcommerce"]
    with pytest.raises(AssertionError, match=words):
        await verify(check, Wrapped(shop, defect))
    await verify(check, Wrapped(shop, Faultless))


def test_every_check_has_a_defect_that_it_catches() -> None:
    """A check that nothing fails would promise nothing; families share theirs."""
    of_texts = {f"texts_{check}" for check in FIELD_CHECKS}
    of_prices = set(CHECKS) - set(checks_of_families())
    assert {check for _, check, _ in CAUGHT} == of_prices | of_texts
