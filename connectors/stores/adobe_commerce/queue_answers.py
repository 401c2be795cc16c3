"""The shapes in which the API answers about calls that were put into its queue."""

from typing import Annotated

from pydantic import BeforeValidator, Field, TypeAdapter

from connectors.stores.adobe_commerce.answers import Part, listed


class QueuedCall(Part):
    """What became of one call of a list when it was put into the queue."""

    id: int
    status: str
    error_message: str | None = None


class Queued(Part):
    """The receipt for a list of calls that was put into the queue."""

    bulk_uuid: str = Field(min_length=1)
    request_items: list[QueuedCall]


class Operation(Part):
    """One call of a list that was put into the queue, as far as it has come."""

    id: int
    status: int
    result_message: str | None = None


class Progress(Part):
    """How far a list of calls has come."""

    operations_list: Annotated[list[Operation], BeforeValidator(listed)]


QUEUED = TypeAdapter(Queued)
PROGRESS = TypeAdapter(Progress)
