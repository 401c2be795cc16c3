"""The base of every value that Steward passes between its parts."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value that accepts no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")
