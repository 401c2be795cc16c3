"""Changes know their inverse, and a change set's digest stands for all of its content."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.catalog import ByTag
from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target, digest_of
from steward.money import Money
from steward.values import ABSENT, Value
from tests.core.strategies import change_of, change_sets, usd

GOLDEN_SET = ChangeSet(
    store="demo",
    changes=(
        change_of(1, 1, FieldName.PRICE, usd("24"), usd("20.40")),
        change_of(1, 1, FieldName.COMPARE_AT_PRICE, ABSENT, usd("24.00")),
    ),
)
GOLDEN_DIGEST = "4258f0e2750574b20c8fbd2f6993b20be341c0b3fb3cba15350cf868f25e1899"


def test_the_digest_is_pinned() -> None:
    """Digests stand in ledgers, approvals and histories: another release computes the same."""
    assert GOLDEN_SET.digest == GOLDEN_DIGEST


@given(change_sets())
def test_the_inverse_of_the_inverse_is_the_original(change_set: ChangeSet) -> None:
    """Undoing an undo gives the same changes in the same order, with the same digest."""
    digest = change_set.digest
    assert all(change.inverse().inverse() == change for change in change_set.changes)
    assert change_set.inverse().inverse() == change_set
    assert change_set.inverse().inverse().digest == digest


@given(change_sets())
def test_an_inverse_has_its_own_digest(change_set: ChangeSet) -> None:
    """An undo is approved by its own digest, even where the original's is already known."""
    digest = change_set.digest
    assert change_set.inverse().digest != digest
    assert change_set.inverse().digest == digest_of(
        [change.inverse() for change in reversed(change_set.changes)], store=change_set.store
    )


@given(change_sets())
def test_applying_and_undoing_restores_everything(change_set: ChangeSet) -> None:
    """A change set followed by its inverse leaves every value as it was."""
    original: dict[Target, Value] = {change.target: change.before for change in change_set.changes}
    values = dict(original)
    for change in (*change_set.changes, *change_set.inverse().changes):
        assert values[change.target] == change.before
        values[change.target] = change.after
    assert values == original


@given(change_sets())
def test_content_survives_json(change_set: ChangeSet) -> None:
    """A change set read back from JSON equals the one written, and has its digest."""
    again = ChangeSet.model_validate_json(change_set.model_dump_json())
    assert again == change_set
    assert again.digest == change_set.digest
    assert hash(again) == hash(change_set)


MUTATIONS: dict[str, dict[str, Any]] = {
    "resource kind": {"target": {"resource_kind": ResourceKind.PRODUCT}},
    "resource id": {"target": {"resource_id": "another"}},
    "key": {"target": {"key": "another"}},
    "key label": {"key_label": "another"},
    "field": {"target": {"field": FieldName.COMPARE_AT_PRICE}},
    "product": {"product_id": "another"},
    "label": {"label": "another"},
    "before amount": {"before": {"amount": "24.01"}},
    "before currency": {"before": {"currency": "EUR"}},
    "before absent": {"before": ABSENT.model_dump()},
    "after amount": {"after": {"amount": "20.41"}},
    "after currency": {"after": {"currency": "EUR"}},
    "after absent": {"after": ABSENT.model_dump()},
}


def mutated(content: dict[str, Any], mutation: dict[str, Any]) -> dict[str, Any]:
    """Return the content with the mutation put over it."""
    merged = dict(content)
    for key, value in mutation.items():
        old = merged.get(key, "")
        nested = isinstance(value, dict) and isinstance(old, dict) and "kind" not in value
        merged[key] = mutated(old, value) if nested else value
    return merged


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_digest_depends_on_every_field(name: str) -> None:
    """No field of a change can be altered without another digest."""
    change = GOLDEN_SET.changes[0]
    other = Change.model_validate(mutated(change.model_dump(), MUTATIONS[name]))
    assert other != change
    assert digest_of([other], store="demo") != digest_of([change], store="demo")


def leaves(model: type[Change | Target | Money]) -> int:
    """Return how many fields a model has."""
    return len(model.model_fields)


def test_every_field_is_mutated_above() -> None:
    """A field that is added to a change comes into the test above as well."""
    assert (leaves(Change), leaves(Target), leaves(Money)) == (6, 4, 4)


def test_what_a_platform_keeps_beside_a_value_is_approved_but_not_compared() -> None:
    """An undo may bring it back, so it is in the digest; the live value has none of it."""
    change = GOLDEN_SET.changes[0]
    keeping = Change.model_validate(
        mutated(change.model_dump(), {"before": {"kept": "until Sunday"}})
    )
    assert keeping == change
    assert hash(keeping) == hash(change)
    assert keeping.before != change.after
    assert keeping.inverse().after.model_dump()["kept"] == "until Sunday"
    assert digest_of([keeping], store="demo") != digest_of([change], store="demo")


@given(change_sets(), st.data())
def test_the_digest_depends_on_order_store_and_extent(
    change_set: ChangeSet, data: st.DataObject
) -> None:
    """Another order, another store, and fewer changes give another digest."""
    changes = change_set.changes
    shuffled = data.draw(st.permutations(changes))
    same = list(changes) == shuffled
    assert (digest_of(shuffled, store="demo") == change_set.digest) == same
    assert digest_of(changes, store="other") != change_set.digest
    assert digest_of(changes[:-1], store="demo") != change_set.digest


def test_the_digest_depends_on_nothing_else() -> None:
    """The same content gives the same digest, however its amounts and names were written."""
    texts = ({"amount": "24", "currency": "USD"}, {"currency": "USD", "amount": Decimal("24.0")})
    digests = {
        digest_of(
            [change_of(1, 1, FieldName.PRICE, Money.model_validate(text), usd("20.4"))], store="s"
        )
        for text in texts
    }
    assert len(digests) == 1
    assert ByTag(tag=" summer ") == ByTag(tag="summer")


def test_a_field_is_changed_once() -> None:
    """A change set that names a field twice, or changes nothing, cannot exist."""
    change = GOLDEN_SET.changes[0]
    with pytest.raises(ValidationError, match="at most once"):
        ChangeSet(store="demo", changes=(change, change))
    with pytest.raises(ValidationError, match="changes nothing"):
        ChangeSet(store="demo", changes=(change.model_copy(update={"after": change.before}),))


@given(st.sampled_from(FieldName), st.sampled_from(FieldName), st.text(), st.text())
def test_targets_are_equal_by_content(
    field: FieldName, other_field: FieldName, name: str, other_name: str
) -> None:
    """Targets find each other in dictionaries exactly if they name the same field."""
    one = Target(resource_kind=ResourceKind.VARIANT, resource_id=name, field=field)
    other = Target(resource_kind=ResourceKind.VARIANT, resource_id=other_name, field=other_field)
    assert (one == other) == ((name, field) == (other_name, other_field))
    assert {one: 1}.get(Target.model_validate(one.model_dump(mode="json"))) == 1
    assert one != one.model_copy(update={"resource_kind": ResourceKind.PRODUCT})
    assert one != name
