"""What rules need of the catalogue: an edit is not judged by what nobody read."""

from decimal import Decimal

import pytest

from steward.changes import FieldName
from steward.errors import PolicyDenies
from steward.policy import Policy, Protected
from steward.policy_reading import require_read

PRICE = frozenset({FieldName.PRICE})
MARGIN = Policy(min_margin=Decimal(20))
VIPS = Policy(protected=Protected(tags=frozenset({"vip"}), categories=frozenset({"sale"})))


@pytest.mark.parametrize(
    ("policy", "what"), [(MARGIN, "about costs,"), (VIPS, "about tags and categories,")]
)
@pytest.mark.parametrize("read_under", [Policy(), None])
def test_rules_that_came_later_are_told(
    policy: Policy, what: str, read_under: Policy | None
) -> None:
    """Where the rules need more than was read, the refusal says what."""
    with pytest.raises(PolicyDenies, match=what):
        require_read(policy, read_under, PRICE)


@pytest.mark.parametrize(
    ("policy", "read_under", "fields"),
    [
        (MARGIN, MARGIN, PRICE),
        (VIPS, VIPS.model_copy(update={"max_changes": 5}), PRICE),
        (MARGIN, Policy(), frozenset({FieldName.TITLE})),
        (Policy(max_changes=5), None, PRICE),
        (VIPS, Policy(), frozenset({FieldName.TAG, FieldName.CATEGORY})),
    ],
)
def test_what_was_read_is_enough(
    policy: Policy, read_under: Policy, fields: frozenset[FieldName]
) -> None:
    """Rules as they were, and others that need nothing more, let the edit be judged."""
    require_read(policy, read_under, fields)
