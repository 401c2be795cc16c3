"""What is asked wrongly gets one sentence with its remedy and an exit code, and writes nothing."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from steward.approvals import Decision, DecisionRefusal, DecisionVerdict
from steward.errors import ExitCode
from steward.runs import RunStatus
from tests.end_to_end.command import assert_refused, steward
from tests.end_to_end.house import APPROVER, House, Run, eventually
from tests.end_to_end.shop import Shop
from workflows.names import DECIDE

pytestmark = pytest.mark.asyncio(loop_scope="session")

BULK_PRICE = ("run", "bulk-price", "--store")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(free_shops: Iterator[Shop]) -> AsyncIterator[Shop]:
    """A shop of which no test may change a value."""
    shop = next(free_shops)
    before = await shop.catalogue()
    yield shop
    assert await shop.writes() == []
    assert await shop.catalogue() == before


@pytest_asyncio.fixture(loop_scope="session")
async def waiting(house: House, shop: Shop) -> Run:
    """A run of Rita's that waits for a decision."""
    run = await house.start(shop)
    await house.waiting(run)
    return run


async def assert_still_waits(house: House, run: Run) -> None:
    """The run waits for a decision as it did before."""
    assert (await house.waiting(run)).status is RunStatus.RUNNING


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--percent", "lots", "--collection", "summer"), ExitCode.INVALID_INPUT, "percent"),
        (("--percent", "nan", "--collection", "summer"), ExitCode.INVALID_INPUT, "percent"),
        (("--percent", "1e1", "--collection", "summer"), ExitCode.INVALID_INPUT, "percent"),
        (("--percent", "-95", "--collection", "summer"), ExitCode.INVALID_INPUT, "-90"),
        (("--percent", "250", "--collection", "summer"), ExitCode.INVALID_INPUT, "200"),
        (("--collection", "summer"), ExitCode.INVALID_INPUT, "--percent"),
        (("--percent", "-5"), ExitCode.INVALID_INPUT, "collection"),
        (
            ("--percent", "-5", "--collection", "summer", "--tag", "new"),
            ExitCode.INVALID_INPUT,
            "collection",
        ),
        (
            ("--percent", "-5", "--collection", "summer", "--colour", "red"),
            ExitCode.INVALID_INPUT,
            "--colour",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
async def test_wrong_parameters_start_nothing(
    house: House, shop: Shop, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    """A parameter that cannot be used is refused before a run exists."""
    told = await steward(house.data, *BULK_PRICE, shop.name, *arguments)
    assert_refused(told, code, words)
    assert list(await house.reader.runs(store=shop.name)) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((*BULK_PRICE, "nowhere", "--collection", "summer", "--percent", "-5"), "nowhere"),
        (("run", "bulk-prise", "--store", "shop-0", "--percent", "-5"), "bulk-price"),
        (("show", "no-such-run"), "no-such-run"),
        (("diff", "no-such-run"), "no-such-run"),
        (("watch", "no-such-run"), "no-such-run"),
        (("approve", "no-such-run", "--yes"), "no-such-run"),
        (("reject", "no-such-run"), "no-such-run"),
        (("pause", "no-such-run"), "no-such-run"),
        (("cancel", "no-such-run", "--yes"), "no-such-run"),
        (("rollback", "no-such-run", "--yes"), "no-such-run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
async def test_unknown_names_are_told(house: House, arguments: tuple[str, ...], word: str) -> None:
    """A store, template or run that does not exist is named, with the way to those that do."""
    assert_refused(await steward(house.data, *arguments), ExitCode.NOT_FOUND, word)


async def test_empty_selection_ends_the_run(house: House, shop: Shop) -> None:
    """A collection that does not exist ends the run before anybody is asked."""
    told = await steward(
        house.data, *BULK_PRICE, shop.name, "--collection", "winter-2031", "--percent", "-5"
    )
    assert_refused(told, ExitCode.INVALID_INPUT, "winter-2031", "handle")
    (record,) = await house.reader.runs(store=shop.name)
    assert record.status is RunStatus.INVALID


async def test_wrong_digest_is_refused(house: House, waiting: Run) -> None:
    """A decision about another change set than the simulated one does not count."""
    told = await steward(
        house.data, "approve", waiting.id, "--digest", "0" * 64, "--yes", user=APPROVER
    )
    assert_refused(told, ExitCode.REFUSED, "digest", "steward diff")
    await assert_still_waits(house, waiting)


async def test_own_run_is_refused(house: House, waiting: Run) -> None:
    """Who requested a run cannot approve it, however the name is written."""
    told = await steward(house.data, "approve", waiting.id, "--yes", "--as", " RITA ")
    assert_refused(told, ExitCode.REFUSED, "requested")
    await assert_still_waits(house, waiting)


async def test_approval_without_anybody_to_ask_is_refused(house: House, waiting: Run) -> None:
    """Without a terminal and without --yes nothing is decided."""
    told = await steward(house.data, "approve", waiting.id, user=APPROVER)
    assert_refused(told, ExitCode.INVALID_INPUT, "--yes")
    await assert_still_waits(house, waiting)


async def test_forged_signal_is_recorded_and_does_not_count(house: House, waiting: Run) -> None:
    """A signal past the command, with a digest of its own, executes nothing and is on record."""
    forged = Decision(
        run_id=waiting.id, digest="f" * 64, verdict=DecisionVerdict.APPROVE, by=APPROVER
    )
    await waiting.signal(DECIDE, forged)

    async def recorded() -> DecisionRefusal | None:
        decisions = await house.reader.decisions(waiting.id)
        return decisions[0].refusal if decisions else None

    assert await eventually(recorded, "it is recorded") is DecisionRefusal.WRONG_DIGEST
    await assert_still_waits(house, waiting)


async def test_decisions_after_the_end_are_refused(house: House, waiting: Run) -> None:
    """Once a run is rejected, a second or late decision, a pause and an undo are all refused."""
    rejected = await steward(house.data, "reject", waiting.id, user=APPROVER)
    assert rejected.code == ExitCode.OK, rejected
    assert (await house.ended(waiting)).status is RunStatus.REJECTED
    late = await steward(house.data, "approve", waiting.id, "--yes", user=APPROVER)
    assert_refused(late, ExitCode.REFUSED, "ended", "steward show")
    later = await steward(house.data, "approve", waiting.id, "--yes", user="olga")
    assert_refused(later, ExitCode.REFUSED, "ended", "steward show")
    assert_refused(await steward(house.data, "pause", waiting.id), ExitCode.REFUSED, "ended")
    assert_refused(
        await steward(house.data, "cancel", waiting.id, "--yes"), ExitCode.REFUSED, "ended"
    )
    assert len(await house.reader.decisions(waiting.id)) == 1


async def test_store_that_answers_garbage_ends_the_run(house: House, shop: Shop) -> None:
    """Answers that are no answers are tried a few times, and then told."""
    await shop.disturb("garbage", count=None)
    told = await steward(
        house.data, *BULK_PRICE, shop.name, "--collection", "summer", "--percent", "-5"
    )
    assert_refused(told, ExitCode.STORE_ERROR, shop.name, "proxy")
    await shop.calm()


async def test_store_that_hangs_up_ends_the_run(house: House, shop: Shop) -> None:
    """A store that closes every connection is told as unreachable."""
    await shop.disturb("disconnect", count=None)
    told = await steward(
        house.data, *BULK_PRICE, shop.name, "--collection", "summer", "--percent", "-5"
    )
    assert_refused(told, ExitCode.UNREACHABLE, shop.name)
    await shop.calm()


@pytest.mark.parametrize(
    "arguments",
    [
        (*BULK_PRICE, "shop-0", "--collection", "summer", "--percent", "-5"),
        (*BULK_PRICE, "shop-0", "--collection", "summer", "--percent", "-5", "--detach"),
    ],
    ids=["run", "run --detach"],
)
async def test_server_that_is_not_there_is_told(house: House, arguments: tuple[str, ...]) -> None:
    """Without a server nothing is started, and it is said where one was looked for."""
    nobody = {"TEMPORAL_ADDRESS": "127.0.0.1:1"}
    told = await steward(house.data, *arguments, environment=nobody)
    assert_refused(told, ExitCode.UNREACHABLE, "127.0.0.1:1", "steward up")


async def test_decision_without_a_server_changes_nothing(house: House, waiting: Run) -> None:
    """Neither a decision nor a stop is lost quietly where the server is not there."""
    nobody = {"TEMPORAL_ADDRESS": "127.0.0.1:1"}
    for arguments in (("approve", waiting.id, "--yes"), ("cancel", waiting.id, "--yes")):
        told = await steward(house.data, *arguments, user=APPROVER, environment=nobody)
        assert_refused(told, ExitCode.UNREACHABLE, "127.0.0.1:1")
    await assert_still_waits(house, waiting)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*BULK_PRICE, "demo", "--collection", "summer", "--percent", "-5"), ExitCode.NOT_FOUND),
        (("runs",), ExitCode.UNREACHABLE),
        (("show", "bulk-price-demo-222222"), ExitCode.UNREACHABLE),
        (("approve", "bulk-price-demo-222222", "--yes"), ExitCode.UNREACHABLE),
        (("rollback", "bulk-price-demo-222222", "--yes"), ExitCode.UNREACHABLE),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
async def test_without_a_stack_the_way_to_one_is_told(
    tmp_path: Path, arguments: tuple[str, ...], code: ExitCode
) -> None:
    """Where nothing runs, every command says how to start it, and leaves no file behind."""
    told = await steward(tmp_path / "data", *arguments)
    assert_refused(told, code, "steward up")
    assert not (tmp_path / "data").exists()
