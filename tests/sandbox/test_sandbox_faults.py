"""Faults over real HTTP: what the client sees, and what the journal says about it."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from tests.sandbox.running import PATH, RunningStore

UPDATE = """
mutation Update($product: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $product, variants: $variants) {
    productVariants { id price }
    userErrors { field message code }
  }
}
"""
READ = "{ products(first: 1) { nodes { id variants(first: 1) { nodes { id price } } } } }"


def _target(store: RunningStore) -> tuple[str, str, str]:
    product = store.data(READ)["products"]["nodes"][0]
    variant = product["variants"]["nodes"][0]
    return product["id"], variant["id"], variant["price"]


def _variables(store: RunningStore, price: str = "7.77") -> dict[str, object]:
    product, variant, _ = _target(store)
    return {"product": product, "variants": [{"id": variant, "price": price}]}


def _send(store: RunningStore, variables: dict[str, object]) -> httpx.Response:
    return httpx.post(
        store.address + PATH,
        json={"query": UPDATE, "variables": variables},
        headers={"X-Shopify-Access-Token": "token"},
        timeout=20,
    )


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def test_lost_answer_is_applied_and_journaled(store: RunningStore) -> None:
    """The client sees a broken connection although the write is in the store and the journal."""
    variables = _variables(store)
    store.fault("lost_answer", match={"kind": "mutation"})
    with pytest.raises(httpx.RemoteProtocolError):
        _send(store, variables)
    assert [(entry["after"], entry["applied"]) for entry in store.journal()] == [("7.77", True)]
    assert _target(store)[2] == "7.77"


def test_disconnect_is_not_applied(store: RunningStore) -> None:
    """The client sees a broken connection and the store holds the old price."""
    before = _target(store)[2]
    variables = _variables(store)
    store.fault("disconnect", match={"operation": "productVariantsBulkUpdate"})
    with pytest.raises(httpx.RemoteProtocolError):
        _send(store, variables)
    assert _target(store)[2] == before
    assert {(entry["applied"], entry["reason"]) for entry in store.journal()} == {
        (False, "disconnect")
    }


def test_server_error_counts_and_skips(store: RunningStore) -> None:
    """A fault lets `skip` requests pass, meets `count` of them, and then no more."""
    variables = _variables(store)
    store.fault("server_error", match={"kind": "mutation"}, skip=1, count=2, status=503)
    assert [_send(store, variables).status_code for _ in range(4)] == [200, 503, 503, 200]


def test_fault_meets_only_what_it_matches(store: RunningStore) -> None:
    """A fault on one resource leaves other resources and queries alone."""
    variables = _variables(store)
    store.fault("server_error", match={"resource_id": "gid://shopify/Product/1"}, count=None)
    assert _send(store, variables).status_code == 200
    product, _, _ = _target(store)
    store.fault("server_error", match={"resource_id": product}, count=None)
    assert _send(store, variables).status_code == 502


def test_throttle_answers_as_the_platform_does(store: RunningStore) -> None:
    """A throttled request has status 200, the code THROTTLED, and no actual cost."""
    variables = _variables(store)
    store.fault("throttle", match={"kind": "mutation"})
    content = _send(store, variables).json()
    assert content["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert content["extensions"]["cost"]["actualQueryCost"] is None
    assert not any(entry["applied"] for entry in store.journal())


def test_garbage_is_no_json(store: RunningStore) -> None:
    """A garbage answer has status 200 and no JSON in it."""
    variables = _variables(store)
    store.fault("garbage", match={"kind": "mutation"})
    response = _send(store, variables)
    assert response.status_code == 200
    assert not response.text.startswith("{")
    assert not any(entry["applied"] for entry in store.journal())


@pytest.mark.parametrize(("kind", "applied"), [("hold_before", []), ("hold_after", [True])])
def test_held_request_goes_on_after_release(
    store: RunningStore, kind: str, applied: list[bool]
) -> None:
    """A held request is applied before or after it is held, and answered once it is released."""
    variables = _variables(store)
    number = store.fault(kind, match={"kind": "mutation"})
    answers: list[httpx.Response] = []
    sender = threading.Thread(target=lambda: answers.append(_send(store, variables)))
    sender.start()
    _wait(lambda: bool(store.control("GET", f"faults/{number}")["held"] == 1))
    assert [entry["applied"] for entry in store.journal()] == applied
    store.control("POST", f"faults/{number}/release")
    sender.join(10)
    assert answers[0].json()["data"]["productVariantsBulkUpdate"]["userErrors"] == []
    assert [entry["applied"] for entry in store.journal()] == [True]


@pytest.mark.parametrize("apply_anyway", [False, True])
def test_held_request_of_a_dead_client(store: RunningStore, *, apply_anyway: bool) -> None:
    """A request whose client died while it was held is dropped, unless the fault says otherwise."""
    variables = _variables(store)
    number = store.fault("hold_before", match={"kind": "mutation"}, apply_anyway=apply_anyway)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            store.address + PATH,
            json={"query": UPDATE, "variables": variables},
            headers={"X-Shopify-Access-Token": "token"},
            timeout=0.2,
        )
    _wait(lambda: bool(store.control("GET", f"faults/{number}")["held"] == 1))
    store.control("POST", f"faults/{number}/release")
    _wait(lambda: bool(store.control("GET", "statistics")["running"] == 0))
    assert any(entry["applied"] for entry in store.journal()) is apply_anyway


def test_probability_follows_its_seed(store: RunningStore) -> None:
    """A fault by chance meets the same requests whenever its seed is the same."""
    variables = _variables(store)

    def statuses() -> list[int]:
        store.control("DELETE", "faults")
        store.fault("server_error", match={"kind": "mutation"}, count=None, probability=0.5, seed=3)
        return [_send(store, variables).status_code for _ in range(12)]

    first = statuses()
    assert set(first) == {200, 502}
    assert statuses() == first


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "nonsense"},
        {},
        [],
        {"kind": "latency", "seconds": "long"},
        {"kind": "latency", "unknown": 1},
        {"kind": "latency", "match": {"path": "/"}},
    ],
)
def test_senseless_faults_are_refused(store: RunningStore, content: object) -> None:
    """A fault that makes no sense gets a 400 that says why, and is not added."""
    response = store.http.post("/_sandbox/faults", json=content)
    assert response.status_code == 400
    assert response.json()["error"]
    assert store.control("GET", "faults") == []
