"""How outcomes read, in the words for changes and in those for undoing them."""

from steward.changes import Outcome
from steward.runs import OutcomeCounts

# What an outcome means for the change that an undo takes back.
UNDO_WORDS = {
    Outcome.APPLIED: "restored",
    Outcome.UNCHANGED: "restored",
    Outcome.MOVED: "kept_newer",
    Outcome.REFUSED: "irreversible",
    Outcome.UNKNOWN: "unknown",
    Outcome.PENDING: "pending",
    Outcome.ATTEMPTING: "attempting",
}


def outcome_sentence(counts: OutcomeCounts, *, undo: bool = False) -> str:
    """Return how many changes have which outcome, leaving out those that nothing has."""
    totals = undo_counts(counts) if undo else counts.model_dump()
    return ", ".join(f"{number:,} {word}" for word, number in totals.items() if number)


def undo_counts(counts: OutcomeCounts) -> dict[str, int]:
    """Return the counts of an undo, in the words for undoing; open ones only where there are."""
    totals = dict.fromkeys(("restored", "kept_newer", "irreversible", "unknown"), 0)
    for outcome, word in UNDO_WORDS.items():
        number = getattr(counts, outcome.value)
        if number or word in totals:
            totals[word] = totals.get(word, 0) + number
    return totals
