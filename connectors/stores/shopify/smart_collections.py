"""Smart collections, which choose their products by rules and take nobody else's choice."""

from steward.execution import Rejected

_CODE = "CANT_ADD_TO_SMART_COLLECTION"


class SmartCollections:
    """The smart collections of a store, as far as its catalogue was read."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: set[str] = set()

    def note(self, collection: str) -> None:
        """Remember, by its id, that a collection is smart."""
        self._known.add(collection)

    def refusal(self, collection: str, *, adds: bool) -> Rejected | None:
        """Return the platform's refusal where the collection is known to be smart."""
        if collection not in self._known:
            return None
        verb, word = ("add", "to") if adds else ("remove", "from")
        return Rejected(
            code=_CODE if adds else "UNKNOWN",
            reason=f"Can't manually {verb} products {word} a smart collection",
        )
