"""Trouble over real HTTP: lost answers, refused calls, and credentials that are none."""

import logging
import traceback
from dataclasses import replace

import pytest

from steward.catalog import ByIds, EveryProduct
from steward.changes import FieldName
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreThrottled,
    StoreUnreachable,
)
from steward.execution import Accepted
from steward.money import Money
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.test_store_over_http import SUMMER, sale_of, send_all

LOST_ANSWERS = [
    ({"kind": "lost_answer"}, StoreUnreachable, True),
    ({"kind": "disconnect"}, StoreUnreachable, False),
    ({"kind": "server_error", "status": 502, "apply_anyway": True}, StoreUnreachable, True),
    ({"kind": "server_error", "status": 500}, StoreUnreachable, False),
    ({"kind": "garbage", "apply_anyway": True}, StoreAnswerInvalid, True),
]


@pytest.mark.parametrize(("fault", "reading", "applied"), LOST_ANSWERS)
async def test_a_lost_answer_to_a_write_is_unknown_and_resolved_by_reading(
    fault: dict[str, object],
    reading: type[StewardError],
    applied: bool,  # noqa: FBT001 - one column of the table
    acme: SandboxStore,
    open_store: Open,
) -> None:
    """Whether it was applied or not, the writer cannot tell; the value read by SKU can."""
    store = open_store(acme)
    change_set = await sale_of(store, ByIds(ids=("CLO 000/1",)))
    change = next(each for each in change_set.changes if each.target.field is FieldName.PRICE)

    acme.fault(**fault, match={"operation": "PostV1ProductsBaseprices"})
    with pytest.raises(AnswerLost):
        await send_all(store, [change])

    live = await store.read_values([change.target])
    assert live == {change.target: change.after if applied else change.before}
    acme.fault(**fault)
    with pytest.raises(reading):
        await store.read_values([change.target])


async def test_a_gap_between_two_calls_leaves_the_price_old_or_new(
    acme: SandboxStore, open_store: Open
) -> None:
    """Where the regular price changes, too, and its call fails after the special price was set."""
    store = open_store(acme)
    change_set = await sale_of(store, ByIds(ids=("CLO 000/1",)))
    price, compare_at = change_set.changes
    assert isinstance(compare_at.after, Money)
    higher = Money(amount=compare_at.after.amount + 5, currency="USD")
    changes = [price, compare_at.model_copy(update={"after": higher})]

    acme.fault(kind="server_error", status=500, match={"operation": "PostV1ProductsBaseprices"})
    with pytest.raises(AnswerLost):
        await send_all(store, changes)
    live = await store.read_values([price.target])
    assert live == {price.target: price.after}


async def test_a_throttled_write_was_not_applied(cloud: SandboxStore, open_store: Open) -> None:
    """It says when to come back."""
    store = open_store(cloud)
    change_set = await sale_of(store, SUMMER)
    cloud.fault(kind="throttle", match={"kind": "mutation"})
    with pytest.raises(StoreThrottled) as caught:
        await send_all(store, change_set.changes)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 5
    assert [entry for entry in cloud.journal() if entry["applied"]] == []


async def test_an_expired_token_is_renewed_in_the_middle_of_a_write(
    acme: SandboxStore, open_store: Open
) -> None:
    """The write goes through, once."""
    store = open_store(acme)
    change_set = await sale_of(store, ByIds(ids=("CLO 000/1",)))
    acme.fault(kind="server_error", status=401, match={"kind": "mutation"})
    assert await send_all(store, change_set.changes) == [Accepted()] * 2


@pytest.mark.parametrize(
    ("name", "kind", "wrong"),
    [
        ("acme", "admin", "password"),
        ("acme", "oauth1", "consumer_secret"),
        ("acme", "oauth1", "access_token_secret"),
        ("acme", "oauth1", "access_token"),
        ("cloud", "ims", "client_secret"),
    ],
)
async def test_wrong_credentials_are_told_without_repeating_them(
    name: str,
    kind: str,
    wrong: str,
    sandbox: dict[str, SandboxStore],
    open_store: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in the error nor in a log."""
    caplog.set_level(logging.DEBUG)
    twin = sandbox[name].by(kind)
    stranger = replace(twin, given={**twin.given, wrong: "canary-wrong-value"})
    with pytest.raises(CredentialsRejected) as caught:
        await open_store(stranger).read_catalog(EveryProduct())
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    secrets = [
        stranger.given[key]
        for key in twin.given
        if key not in {"username", "client_id", "consumer_key"}
    ]
    assert not [secret for secret in secrets if secret in told]


async def test_a_store_that_is_not_there_is_unreachable(
    acme: SandboxStore, open_store: Open
) -> None:
    """For a write, too: it certainly was not applied."""
    change_set = await sale_of(open_store(acme), SUMMER)
    nowhere = open_store(replace(acme, address="http://127.0.0.1:1"))
    with pytest.raises(StoreUnreachable, match="cannot be reached: the connection was not"):
        await send_all(nowhere, change_set.changes[:1])
