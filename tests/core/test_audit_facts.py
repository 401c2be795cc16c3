"""What entries of the audit trail bind can be computed again, and differs with what it is of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.audit import AuditEvent, AuditKind
from steward.audit_facts import (
    AnsweredFacts,
    RefusedFacts,
    SentFacts,
    answered,
    digest_of_answers,
    digest_of_record,
    digest_of_requests,
    listed,
    ordinals_in,
    sent_facts,
)
from steward.changes import FieldName, Outcome
from steward.execution import OutcomeRecord, WriteRequest
from tests.core.strategies import NOON, change_of, usd

RECORD = OutcomeRecord(ordinal=7, outcome=Outcome.MOVED, reason="is 3.00 USD now", live=usd("3"))
REQUEST = WriteRequest(
    resource="p1",
    operation="update",
    body='{"price":"3.00"}',
    points=10,
    changes=(change_of(1, 1, FieldName.PRICE, usd("4"), usd("3")),),
)
ENTRY = AuditEvent(
    key="k",
    store="demo",
    run_id="run-1",
    kind=AuditKind.WRITTEN,
    actor="steward",
    at=NOON,
    detail="what became of changes",
)


@given(st.sets(st.integers(min_value=0, max_value=300)))
def test_stretches_name_every_number(ordinals: set[int]) -> None:
    """Numbers written as stretches are read back, in order and each once."""
    assert ordinals_in(listed(ordinals)) == sorted(ordinals)


def test_stretches_are_short() -> None:
    """Neighbours share a stretch, whatever their order."""
    assert listed([9, 2, 1, 0, 5, 1]) == "0-2,5,9"
    assert listed([]) == ""
    assert ordinals_in("") == []


def test_digests_are_pinned() -> None:
    """What one release binds, the next one finds again."""
    assert (
        digest_of_record(RECORD)
        == "1d229cd4c038127073858cdb2d9d629305c3febf91265a6ccf87b3d9ec3bbee6"
    )
    assert (
        digest_of_requests([REQUEST])
        == "e3c3f1abc8cae0b779180ca5f9eb6528ad4d92731a231623d6db7549632edce3"
    )
    assert (
        digest_of_answers(["a", "b"])
        == "0473ef2dc0d324ab659d3580c1134e9d812035905c4781fdd6d529b0c6860e13"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"ordinal": 8},
        {"outcome": Outcome.REFUSED},
        {"reason": "is 4.00 USD now"},
        {"live": usd("4")},
        {"live": None},
    ],
)
def test_a_record_is_bound_whole(other: dict[str, object]) -> None:
    """Number, outcome, reason and live value all count."""
    assert digest_of_record(RECORD.model_copy(update=other)) != digest_of_record(RECORD)


@pytest.mark.parametrize("field", ["resource", "operation", "body"])
def test_a_request_is_bound_by_what_is_sent(field: str) -> None:
    """Another resource, operation or content is another request; their order counts too."""
    other = REQUEST.model_copy(update={field: "another"})
    assert digest_of_requests([other]) != digest_of_requests([REQUEST])
    assert digest_of_requests([other, REQUEST]) != digest_of_requests([REQUEST, other])


def test_sent_changes_are_listed() -> None:
    """An entry tells which changes are about to be sent, by how many requests."""
    facts = sent_facts("d", [3, 1, 2], [REQUEST])
    assert (facts.digest, facts.ordinals, facts.requests) == ("d", "1-3", 1)
    assert SentFacts.of(ENTRY.model_copy(update={"facts": facts.data()})) == facts


def test_answers_are_bound_in_order_and_counted() -> None:
    """Whatever the order in which answers came, the entry binds and counts them in theirs."""
    applied = OutcomeRecord(ordinal=2, outcome=Outcome.APPLIED)
    before = OutcomeRecord(ordinal=7, outcome=Outcome.APPLIED)
    entry = answered(ENTRY, "d", [RECORD, applied], [before])
    facts = AnsweredFacts.of(entry)
    assert facts == AnsweredFacts(
        digest="d",
        ordinals="2,7",
        outcomes={"applied": 1, "moved": 1},
        answers=digest_of_answers([digest_of_record(applied), digest_of_record(RECORD)]),
        replaced={"7": digest_of_record(before)},
    )
    assert entry.detail == "changes 2,7 of d: 1 applied, 1 moved"


def test_an_entry_of_old_has_no_facts() -> None:
    """An entry that was written before there were facts says so by having none."""
    assert RefusedFacts.of(ENTRY) is None
