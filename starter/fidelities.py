"""How much of what a run sent is as its simulation predicted, in words and for scripts."""

from dataclasses import dataclass
from typing import Any

from starter.services import RunReader
from steward.fidelity import Difference, Differing, Fidelity

_MOST_IN_WORDS = 10
_MOST_FOR_SCRIPTS = 1_000


@dataclass(frozen=True, slots=True)
class KnownFidelity:
    """The figures, and the first changes that another request carried than was predicted."""

    fidelity: Fidelity
    differing: tuple[Differing, ...]

    def facts(self, name: str) -> list[tuple[str, str]]:
        """Return the figures under this name, and a line for each of some surprises."""
        if not self.fidelity.sent:
            return []
        surprises = [one for one in self.differing if one.why is not Difference.NEIGHBOUR_LEFT_OUT]
        shown = surprises[:_MOST_IN_WORDS]
        facts = [(name, str(self.fidelity)), *(("Differs", _sentence(one)) for one in shown)]
        more = self.fidelity.unforeseen + self.fidelity.otherwise - len(shown)
        return [*facts, ("Differs", f"{more:,} more")] if more else facts

    def data(self) -> dict[str, Any]:
        """Return all of it for a script."""
        percent = self.fidelity.percent
        return self.fidelity.model_dump(mode="json") | {
            "percent": None if percent is None else float(percent),
            "differing": [one.model_dump(mode="json") for one in self.differing],
        }


async def fidelity_of(reader: RunReader, run_id: str, digest: str | None) -> KnownFidelity | None:
    """Return how much of a change set was sent as predicted; None where that is not known."""
    fidelity = None if digest is None else await reader.fidelity(run_id, digest)
    if digest is None or fidelity is None:
        return None
    if fidelity.is_full:
        return KnownFidelity(fidelity, ())
    return KnownFidelity(
        fidelity, tuple(await reader.differing(run_id, digest, limit=_MOST_FOR_SCRIPTS))
    )


def _sentence(one: Differing) -> str:
    requests = f"predicted {one.predicted or 'none'}, sent {one.sent}"
    return f"change {one.ordinal}, {one.label}: {requests}; {_why(one)}"


def _why(one: Differing) -> str:
    if one.why is Difference.UNFORESEEN:
        return "it was predicted to need no request"
    return "nothing of the predicted request was left out"
