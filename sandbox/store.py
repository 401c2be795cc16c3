"""What the process and the control routes need to know of a store, whatever its platform."""

from collections.abc import Sequence
from typing import Any, Protocol

from starlette.routing import BaseRoute

from sandbox.faults import Faults
from sandbox.journal import Entry


class EditError(Exception):
    """An edit from outside names something that the store does not have."""


class Store(Protocol):
    """One stand-in store."""

    @property
    def name(self) -> str:
        """The store's name in the configuration."""
        ...

    @property
    def platform(self) -> str:
        """The name of the platform whose API it speaks."""
        ...

    @property
    def faults(self) -> Faults:
        """The faults it was asked for."""
        ...

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the platform's API."""
        ...

    def journal_entries(self, after: int) -> Sequence[Entry]:
        """Return the journal's entries with a higher sequence number."""
        ...

    def catalogue(self) -> dict[str, Any]:
        """Return the present truth as JSON values."""
        ...

    def statistics(self) -> dict[str, Any]:
        """Return figures since the start."""
        ...

    def reset(self) -> None:
        """Go back to the generated catalogue, with an empty journal."""
        ...

    def edit(self, resource_id: str, field: str, value: Any) -> Entry:  # noqa: ANN401 - any JSON
        """Change one field as somebody else would, and journal it.

        Raises:
            EditError: the store has no such resource or field, or it cannot hold the value.
        """
        ...

    def close(self) -> None:
        """Let go of files and of held requests."""
        ...
