"""Each entry of the audit trail is bound to its content and to everything before it."""

from datetime import timedelta, timezone

import pytest

from steward.audit import GENESIS, AuditEvent, AuditKind, chained_hash
from tests.core.strategies import NOON

EVENT = AuditEvent(
    key="run-1:requested",
    store="demo",
    run_id="run-1",
    kind=AuditKind.REQUESTED,
    actor="rita",
    at=NOON,
    detail="bulk-price",
)
GOLDEN = "5738ddbfcfb3696fa6ff39a6954a639bd6c554a62ef5a556f8e7a4a1884abe5f"

MUTATIONS = {
    "key": "other",
    "store": "other",
    "run_id": "other",
    "kind": AuditKind.DECIDED,
    "actor": "other",
    "at": NOON + timedelta(microseconds=1),
    "detail": "other",
    "facts": {"status": "failed"},
}


def test_the_hash_is_pinned() -> None:
    """A chain that was written by one release is verified by the next."""
    assert chained_hash(GENESIS, EVENT) == GOLDEN


@pytest.mark.parametrize("field", AuditEvent.model_fields)
def test_the_hash_depends_on_every_field(field: str) -> None:
    """No field of an entry can be altered unnoticed."""
    other = EVENT.model_copy(update={field: MUTATIONS[field]})
    assert chained_hash(GENESIS, other) != chained_hash(GENESIS, EVENT)


def test_the_order_of_facts_does_not_matter() -> None:
    """A database that gives facts back in another order gives the same entry."""
    one, other = (
        EVENT.model_copy(update={"facts": facts})
        for facts in ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1})
    )
    assert chained_hash(GENESIS, one) == chained_hash(GENESIS, other)


def test_the_hash_depends_on_all_before() -> None:
    """An entry after another history has another hash."""
    first = chained_hash(GENESIS, EVENT)
    assert chained_hash(first, EVENT) != first


def test_the_hash_knows_one_instant() -> None:
    """The same moment in another time zone is the same entry."""
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert chained_hash(GENESIS, EVENT.model_copy(update={"at": elsewhere})) == chained_hash(
        GENESIS, EVENT
    )
