"""The base of every value that Steward passes between its parts."""

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """An immutable value that accepts no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Keeping(Frozen):
    """Something beside which a platform keeps more, which an undo has to bring back.

    `kept` is the platform's own note of it, such as a place in a list or the last day of a sale.
    It takes no part in comparing: what differs in nothing else is equal.
    """

    # Left out where it is empty, so that digests without such a note stay what they were.
    kept: str = Field(default="", exclude_if=lambda kept: not kept)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self._told == other._told)

    def __hash__(self) -> int:
        return hash(self._told)

    @property
    def _told(self) -> tuple[object, ...]:
        return tuple(value for name, value in self.__dict__.items() if name != "kept")
