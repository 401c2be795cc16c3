"""Capabilities: what a platform cannot be asked for, and the reason."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from steward.change_words import FIELD_TITLES
from steward.changes import FieldName
from steward.errors import UnsupportedOperation
from steward.intents import Intent
from steward.model import Frozen
from steward.operations import SetStatus, fields_of, price_list_of
from steward.values import ListingStatus

SelectionKind = Literal["collection", "tag", "vendor", "ids", "everything"]


class Lack(Frozen):
    """Something that a platform has not: the sentence that says so, and what to do instead."""

    reason: str
    remedy: str


class Capabilities(Frozen):
    """What a platform lacks; everything that is not listed is there.

    `most` is how many a product can have of a field that it has several of, such as tags.
    """

    fields: Mapping[FieldName, Lack] = {}
    statuses: Mapping[ListingStatus, Lack] = {}
    selections: Mapping[SelectionKind, Lack] = {}
    price_lists: Lack | None = None
    most: Mapping[FieldName, int] = {}

    def require(self, intent: Intent) -> None:
        """Raise `UnsupportedOperation`, with the first lack, where the intent asks for one."""
        for lack in self._lacks(intent):
            raise UnsupportedOperation(lack.reason, remedy=lack.remedy)

    def require_fields(self, fields: Iterable[FieldName]) -> None:
        """Raise `UnsupportedOperation`, with the first lack, where one of the fields is lacking."""
        for field in sorted(fields):
            if lack := self.fields.get(field):
                raise UnsupportedOperation(lack.reason, remedy=lack.remedy)

    def _lacks(self, intent: Intent) -> Iterator[Lack]:
        if lack := self.selections.get(intent.selection.by):
            yield lack
        for operation in intent.operations:
            if self.price_lists and price_list_of(operation):
                yield self.price_lists
            for field in sorted(fields_of(operation)):
                if lack := self.fields.get(field):
                    yield lack
            if isinstance(operation, SetStatus) and (lack := self.statuses.get(operation.status)):
                yield lack


EVERYTHING = Capabilities()


def lacking(platform: str, *fields: FieldName) -> Mapping[FieldName, Lack]:
    """Return the lack of several fields, for which there is nothing more to say."""
    return {
        field: Lack(
            reason=f"Steward does not change the field '{FIELD_TITLES[field]}' on {platform}.",
            remedy="Change it in the shop's own administration.",
        )
        for field in fields
    }
