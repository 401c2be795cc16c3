"""Intents: what an agent proposes, as data."""

from pydantic import Field

from steward.catalog import CatalogDetail, Selection
from steward.model import Frozen
from steward.operations import Operation, detail_for


class Intent(Frozen):
    """A selection of products and what to do to them, in order."""

    selection: Selection
    operations: tuple[Operation, ...] = Field(min_length=1, max_length=20)

    @property
    def detail(self) -> CatalogDetail:
        """What has to be read of the selected products before the intent is compiled."""
        return detail_for(self.operations)
