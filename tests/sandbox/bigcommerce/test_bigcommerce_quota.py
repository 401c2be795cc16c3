"""The quota: its headers, its windows, and what is answered when none is left."""

from pathlib import Path

import httpx
import pytest

from sandbox.bigcommerce.quota import RequestQuota
from sandbox.bigcommerce.store import BigCommerceStore
from tests.sandbox.bigcommerce.client import QUOTA_HEADERS, BigCommerceClient, bigcommerce
from tests.sandbox.bigcommerce.fake_clock import FakeClock, requests_to


def _headers(response: httpx.Response) -> tuple[int, ...]:
    window, reset, quota, left = (int(response.headers[name]) for name in QUOTA_HEADERS)
    return window, reset, quota, left


async def test_window_is_used_up_and_turns(fake_store: BigCommerceStore, clock: FakeClock) -> None:
    """150 requests pass, the next is refused with the time to wait, and then 150 pass again."""
    async with requests_to(fake_store) as http:
        clock.now += 12
        for left in reversed(range(150)):
            # Every application of the store takes from the same window.
            app = {"X-Auth-Token": f"app {left % 2}"}
            response = await http.get("/v3/catalog/products/111", headers=app)
            assert (response.status_code, *_headers(response)) == (200, 30000, 18000, 150, left)
        refused = await http.put("/v3/catalog/products/111", json={"price": 1})
        assert (refused.status_code, *_headers(refused)) == (429, 30000, 18000, 150, 0)
        assert refused.json()["title"] == "Too many requests"
        clock.now += 17.999
        assert (await http.get("/v3/catalog/products/111")).status_code == 429
        clock.now += 0.001
        response = await http.get("/v3/catalog/products/111")
        assert (response.status_code, *_headers(response)) == (200, 30000, 30000, 150, 149)
    statistics = fake_store.statistics()
    assert statistics["quota"]["used"] == 151
    assert statistics["quota"]["available"] == statistics["points_available"] == 300
    assert (statistics["throttled"], statistics["points_actual"]) == (2, 151)
    (entry,) = fake_store.journal_entries(0)
    assert (entry.field, entry.after, entry.applied) == ("price", 1, False)


def test_unused_requests_are_not_kept(clock: FakeClock) -> None:
    """A new window has its own requests, however many the windows before left over."""
    quota = RequestQuota(2, clock)
    assert quota.take()
    clock.now += 95
    assert [quota.take() for _ in range(3)] == [True, True, False]
    assert quota.headers()["X-Rate-Limit-Time-Reset-Ms"] == "25000"
    assert quota.status()["available"] == 8


@pytest.mark.parametrize(("plan", "quota"), [("standard", 150), ("plus", 150), ("advanced", 450)])
def test_plan_decides_the_quota(tmp_path: Path, plan: str, quota: int) -> None:
    """A merchant's plan decides how many requests a window has."""
    with bigcommerce(tmp_path, plan=plan, products=1, variants=1) as client:
        assert _headers(client.send("GET", "/catalog/brands"))[2:] == (quota, quota - 1)


def test_who_has_no_token_takes_no_quota(client: BigCommerceClient) -> None:
    """A request without a token is refused and leaves the window as it was."""
    before = _headers(client.send("GET", "/catalog/brands"))
    refused = client.raw("GET", "/v3/catalog/brands", headers={"X-Auth-Token": ""})
    assert (refused.status_code, refused.json()["status"]) == (401, 401)
    assert _headers(refused)[3] == before[3]
