"""Setting and adjusting quantities: compare-and-set, keys that make repetitions safe, refusals."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.sandbox.running import PATH, RunningStore, running_store

SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  changed: inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta item { id } location { id } } }
    userErrors { field message code } } }"""
ADJUST = SET.replace("InventorySetQuantities", "InventoryAdjustQuantities").replace(
    "inventorySetQuantities", "inventoryAdjustQuantities"
)
READ = """query($ids: [ID!]!, $location: ID!) { nodes(ids: $ids) {
  ... on Product { title }
  ... on ProductVariant { inventoryQuantity }
  ... on InventoryItem { inventoryLevel(locationId: $location) {
    quantities(names: ["available", "on_hand"]) { name quantity } } } } }"""


class _Stock(NamedTuple):
    product: str
    variant: str
    item: str
    location: str
    units: int


def _stock(store: RunningStore) -> _Stock:
    truth = store.control("GET", "catalogue")
    product_id, product = next(iter(truth["products"].items()))
    variant_id, variant = next(iter(product["variants"].items()))
    location, quantities = next(iter(variant["inventory"].items()))
    return _Stock(
        product_id, variant_id, variant["inventoryItem"], location, quantities["available"]
    )


def _set(stock: _Stock, quantity: int, expected: int | None, **rest: object) -> dict[str, Any]:
    entry = {
        "inventoryItemId": stock.item,
        "locationId": stock.location,
        "quantity": quantity,
        "changeFromQuantity": expected,
    }
    return {"name": "available", "reason": "correction", "quantities": [entry], **rest}


def _adjust(stock: _Stock, delta: int, expected: int | None, **rest: object) -> dict[str, Any]:
    entry = {
        "inventoryItemId": stock.item,
        "locationId": stock.location,
        "delta": delta,
        "changeFromQuantity": expected,
    }
    return {"name": "available", "reason": "correction", "changes": [entry], **rest}


def _send(store: RunningStore, query: str, entry: dict[str, Any], key: str) -> dict[str, Any]:
    changed: dict[str, Any] = store.data(query, {"input": entry, "key": key})["changed"]
    return changed


def _codes(changed: dict[str, Any]) -> list[str]:
    return [error["code"] for error in changed["userErrors"]]


def _applied(store: RunningStore) -> list[tuple[str, Any, Any]]:
    return [
        (entry["field"], entry["before"], entry["after"])
        for entry in store.journal()
        if entry["applied"]
    ]


def test_a_set_quantity_is_read_by_every_kind_of_node(store: RunningStore) -> None:
    """Products, variants and items are read together by identifier, unknown ones as null."""
    stock = _stock(store)
    changed = _send(store, SET, _set(stock, stock.units + 4, stock.units), "a")
    deltas = [
        (each["name"], each["delta"]) for each in changed["inventoryAdjustmentGroup"]["changes"]
    ]
    assert deltas == [("available", 4), ("on_hand", 4)]
    ids = [stock.item, "gid://shopify/Product/1", stock.product, stock.variant]
    nodes = store.data(READ, {"ids": ids, "location": stock.location})["nodes"]
    quantities = {
        each["name"]: each["quantity"] for each in nodes[0]["inventoryLevel"]["quantities"]
    }
    assert quantities["available"] == stock.units + 4
    assert nodes[1] is None
    assert nodes[2]["title"]
    assert (
        nodes[3]["inventoryQuantity"]
        == store.control("GET", "catalogue")["products"][stock.product]["variants"][stock.variant][
            "available"
        ]
    )


@pytest.mark.parametrize(("query", "make"), [(SET, _set), (ADJUST, _adjust)])
def test_a_stale_quantity_changes_nothing(
    store: RunningStore, query: str, make: Callable[..., dict[str, Any]]
) -> None:
    """What is no longer what the caller read is refused by code; null opts out."""
    stock = _stock(store)
    assert _codes(_send(store, query, make(stock, 7, stock.units + 1), "a")) == [
        "CHANGE_FROM_QUANTITY_STALE"
    ]
    assert _applied(store) == []
    assert _codes(_send(store, query, make(stock, 7, None), "b")) == []
    assert len(_applied(store)) == 2


@pytest.mark.parametrize(("query", "make"), [(SET, _set), (ADJUST, _adjust)])
def test_a_key_and_the_expected_quantity_are_required(
    store: RunningStore, query: str, make: Callable[..., dict[str, Any]]
) -> None:
    """Without the directive, or without changeFromQuantity, the mutation is an error."""
    stock = _stock(store)
    keyless = query.replace(", $key: String!", "").replace("@idempotent(key: $key)", "")
    answer = store.answer(keyless, {"input": make(stock, 7, stock.units)})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    entry = make(stock, 7, stock.units)
    for each in entry.get("quantities") or entry["changes"]:
        del each["changeFromQuantity"]
    answer = store.answer(query, {"input": entry, "key": "a"})
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert _applied(store) == []


def test_a_repetition_is_answered_and_not_done_again(store: RunningStore) -> None:
    """The same key with the same parameters gives the first answer, though its answer was lost."""
    stock = _stock(store)
    entry = _adjust(stock, 5, stock.units)
    store.fault("lost_answer", match={"operation": "inventoryAdjustQuantities"})
    with pytest.raises(httpx.RemoteProtocolError):
        _send(store, ADJUST, entry, "k")
    first = _send(store, ADJUST, entry, "k")
    assert first["userErrors"] == []
    assert first["inventoryAdjustmentGroup"]["changes"][0]["delta"] == 5
    assert _send(store, ADJUST, entry, "k") == first
    assert _applied(store)[0] == ("available", stock.units, stock.units + 5)
    assert len(_applied(store)) == 2


def test_a_key_with_other_parameters_is_refused(store: RunningStore) -> None:
    """A key stands for one operation only."""
    stock = _stock(store)
    _send(store, ADJUST, _adjust(stock, 5, None), "k")
    assert _codes(_send(store, ADJUST, _adjust(stock, 6, None), "k")) == [
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    ]


def test_a_failed_attempt_uses_its_key_up(store: RunningStore) -> None:
    """After user errors the same key is refused, and a new one works."""
    stock = _stock(store)
    entry = _set(stock, 7, stock.units + 1)
    assert _codes(_send(store, SET, entry, "k")) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert _codes(_send(store, SET, entry, "k")) == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    assert _codes(_send(store, SET, _set(stock, 7, stock.units), "new")) == []


def test_a_repetition_of_a_running_request_is_refused(store: RunningStore) -> None:
    """While the first request is on its way, its key is taken; afterwards it gives the answer."""
    stock = _stock(store)
    entry = _adjust(stock, 5, stock.units)
    number = store.fault("hold_before", match={"operation": "inventoryAdjustQuantities"})

    def send() -> None:
        httpx.post(
            store.address + PATH,
            json={"query": ADJUST, "variables": {"input": entry, "key": "k"}},
            headers={"X-Shopify-Access-Token": "token"},
            timeout=20,
        )

    sender = threading.Thread(target=send)
    sender.start()
    deadline = time.monotonic() + 10
    while store.control("GET", f"faults/{number}")["held"] != 1:
        assert time.monotonic() < deadline, "the request was never held"
    assert _codes(_send(store, ADJUST, entry, "k")) == ["IDEMPOTENCY_CONCURRENT_REQUEST"]
    store.control("POST", f"faults/{number}/release")
    sender.join(10)
    assert _send(store, ADJUST, entry, "k")["userErrors"] == []
    assert len(_applied(store)) == 2


def test_keys_survive_a_restart(tmp_path: Path) -> None:
    """A store that is started again knows which keys were used, and by what."""
    with running_store(tmp_path, products=3, variants=6) as store:
        stock = _stock(store)
        entry, other = _adjust(stock, 5, stock.units), _adjust(stock, 9, None)
        first = _send(store, ADJUST, entry, "k")
        refused = _set(stock, 1, stock.units)
        _send(store, SET, refused, "failed")
    with running_store(tmp_path, products=3, variants=6) as store:
        assert _send(store, ADJUST, entry, "k") == first
        assert _codes(_send(store, ADJUST, other, "k")) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
        assert _codes(_send(store, SET, refused, "failed")) == [
            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
        ]
        store.control("POST", "reset")
        assert _codes(_send(store, ADJUST, other, "k")) == []


def test_a_key_whose_writes_never_reached_the_journal_is_forgotten(tmp_path: Path) -> None:
    """A process that is killed between the key and the journal leaves a key that is free."""
    with running_store(tmp_path, products=3, variants=6) as store:
        stock = _stock(store)
        _send(store, ADJUST, _adjust(stock, 5, stock.units), "k")
    (tmp_path / "demo.journal.jsonl").write_text("")
    with running_store(tmp_path, products=3, variants=6) as store:
        assert _send(store, ADJUST, _adjust(stock, 5, stock.units), "k")["userErrors"] == []
        assert len(_applied(store)) == 2


@pytest.mark.parametrize(
    ("query", "change", "code"),
    [
        (SET, {"reason": "because"}, "INVALID_REASON"),
        (SET, {"name": "damaged"}, "INVALID_NAME"),
        (SET, {"referenceDocumentUri": "no uri"}, "INVALID_REFERENCE_DOCUMENT"),
        (ADJUST, {"reason": "because"}, "INVALID_REASON"),
        (ADJUST, {"name": "on_hand"}, "INVALID_QUANTITY_NAME"),
        (ADJUST, {"name": "damaged"}, "INVALID_QUANTITY_DOCUMENT"),
    ],
)
def test_refusals_have_the_codes_of_the_schema(
    store: RunningStore, query: str, change: dict[str, str], code: str
) -> None:
    """Each refusal says which rule it broke, and nothing is changed."""
    stock = _stock(store)
    make = _set if query == SET else _adjust
    assert _codes(
        _send(store, query, make(stock, 7, 0 if "name" in change else None, **change), "k")
    ) == [code]
    assert _applied(store) == []


def test_available_takes_no_ledger_document(store: RunningStore) -> None:
    """Only the other quantities are adjusted with a ledger document."""
    stock = _stock(store)
    available, damaged = _adjust(stock, 7, None), _adjust(stock, 7, 0, name="damaged")
    for entry in (available, damaged):
        entry["changes"][0]["ledgerDocumentUri"] = "ledger://count/1"
    assert _codes(_send(store, ADJUST, available, "a")) == ["INVALID_AVAILABLE_DOCUMENT"]
    assert _codes(_send(store, ADJUST, damaged, "b")) == []


@pytest.mark.parametrize(
    ("quantity", "codes"),
    [
        (1_000_000_001, ["INVALID_QUANTITY_TOO_HIGH"]),
        (-1_000_000_001, ["INVALID_QUANTITY_TOO_LOW"]),
        (-5, []),
    ],
)
def test_quantities_have_bounds(store: RunningStore, quantity: int, codes: list[str]) -> None:
    """A stock for sale may be below zero, but not beyond a thousand million."""
    stock = _stock(store)
    assert _codes(_send(store, SET, _set(stock, quantity, stock.units), "k")) == codes
