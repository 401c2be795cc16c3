"""How runs that stand in each other's way read, in messages and in the audit trail."""

from collections.abc import Sequence

from steward.change_words import FIELD_TITLES
from steward.claims import Holder, Overlap
from steward.wording import one_line, shortened

_LONGEST_LABEL = 60


def in_the_way(others: Sequence[Holder], overlap: Overlap | None) -> str:
    """Return which runs hold what: "run X, which changes the same fields: price of Y and 3 more".

    There is at least one run, and no overlap where they hold nothing yet.
    """
    first, more = others[0], len(others) - 1
    runs = f"run {first.run_id}" + (f" and {more} more" if more else "")
    verb = "takes back" if first.undo else "changes"
    if overlap is None:
        return f"{runs}, which {verb} the same fields"
    return f"{runs}, which {verb} the same fields: {_fields(overlap)}"


def _fields(overlap: Overlap) -> str:
    label = shortened(one_line(overlap.label), _LONGEST_LABEL)
    more = f" and {overlap.fields - 1:,} more" if overlap.fields > 1 else ""
    return f"{FIELD_TITLES[overlap.field]} of {label}{more}"
