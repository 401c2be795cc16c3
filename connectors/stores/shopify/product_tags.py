"""Writes a product's tags: those that come and those that go, and never the whole list."""

from collections.abc import Sequence

from connectors.stores.shopify import costs
from connectors.stores.shopify.calls import ProductMutation, body_of, parts, rejected
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.write_answers import AddTagsAnswer, RemoveTagsAnswer
from steward.changes import Change
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.values import ABSENT

_LONGEST_TAG = 255


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests for tags of one product, at most 250 a call; those that go come first.

    A product has room for 250 tags, so that one more may need another to be gone.
    """
    goes = [change for change in changes if change.after == ABSENT]
    comes = [change for change in changes if change.after != ABSENT]
    return (*_requests(REMOVED_TAGS, goes), *_requests(ADDED_TAGS, comes))


def _requests(mutation: ProductMutation, changes: Sequence[Change]) -> Sequence[WriteRequest]:
    return [
        WriteRequest(
            resource=part[0].product_id,
            operation=mutation.operation,
            body=body_of(
                mutation.document,
                {
                    "id": part[0].target.resource_id,
                    "tags": [change.target.key for change in part],
                },
            ),
            points=costs.change_tags(),
            changes=tuple(part),
        )
        for part in parts(
            changes, most=costs.LARGEST_INPUT, counted=lambda change: change.target.key
        )
    ]


def answers_of(
    request: WriteRequest, answer: AddTagsAnswer | RemoveTagsAnswer
) -> tuple[Answer, ...] | None:
    """Return one answer a change, or None where the payload leaves their fate open.

    One error refuses all tags of the call.
    """
    if answer.payload.user_errors:
        return tuple(rejected(answer.payload.user_errors[0]) for _ in request.changes)
    if answer.payload.node is None:
        return None
    return tuple(Accepted() for _ in request.changes)


def _predict_added(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the rule for the length of new tags makes of the request."""
    if any(len(change.target.key) > _LONGEST_TAG for change in request.changes):
        return tuple(
            Rejected(code="UNKNOWN", reason="Product tags is invalid") for _ in request.changes
        )
    return tuple(Accepted() for _ in request.changes)


def _predict_removed(request: WriteRequest) -> tuple[Answer, ...]:
    return tuple(Accepted() for _ in request.changes)


ADDED_TAGS = ProductMutation(
    operation="tagsAdd",
    document=Document.ADD_TAGS,
    answer=AddTagsAnswer,
    answers_of=answers_of,
    predict=_predict_added,
)
REMOVED_TAGS = ProductMutation(
    operation="tagsRemove",
    document=Document.REMOVE_TAGS,
    answer=RemoveTagsAnswer,
    answers_of=answers_of,
    predict=_predict_removed,
)
