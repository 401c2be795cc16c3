"""Writes a product's texts and status, all of them in one call."""

from collections.abc import Sequence

from connectors.stores.shopify import costs
from connectors.stores.shopify.calls import ProductMutation, body_of, parts, rejected
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.product_answers import PLATFORM_STATUS
from connectors.stores.shopify.write_answers import UpdateProductAnswer, UserError
from steward.changes import Change, FieldName
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.values import ABSENT, Listing, Text

# From recorded answers: the title is the only text with a limit.
_LONGEST_TITLE = 255
_WITHOUT_CODE = "UNKNOWN"
_PLAIN_FIELDS = {
    FieldName.TITLE: "title",
    FieldName.DESCRIPTION: "descriptionHtml",
    FieldName.STATUS: "status",
}
_SEO_FIELDS = {FieldName.SEO_TITLE: "title", FieldName.SEO_DESCRIPTION: "description"}


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests for texts and status of one product: one, unless a field comes twice.

    Raises `UnsupportedOperation` for taking away what every product has.
    """
    return tuple(
        _request(part)
        for part in parts(changes, most=1, counted=lambda change: change.target.resource_id)
    )


def _request(changes: Sequence[Change]) -> WriteRequest:
    product: dict[str, object] = {"id": changes[0].target.resource_id}
    for change in changes:
        field = change.target.field
        if field in _SEO_FIELDS:
            seo = product.setdefault("seo", {})
            assert isinstance(seo, dict)  # noqa: S101 - tells the type checker
            seo[_SEO_FIELDS[field]] = _wire(change)
        else:
            product[_PLAIN_FIELDS[field]] = _wire(change)
    return WriteRequest(
        resource=changes[0].product_id,
        operation=TEXTS.operation,
        body=body_of(Document.UPDATE_PRODUCT, {"product": product}),
        points=costs.update_product(),
        changes=tuple(changes),
    )


def _wire(change: Change) -> str | None:
    """Return the value as it is sent; null hands an SEO text back to what it follows."""
    match change.after:
        case Text(text=text):
            return text
        case Listing(status=status):
            return PLATFORM_STATUS[status]
        case value if value == ABSENT and change.target.field in _SEO_FIELDS:
            return None
        case value:
            raise UnsupportedOperation(
                f"On Shopify the {change.target.field} of {change.label} cannot become '{value}'.",
                remedy="Set it to a text, or choose another field.",
            )


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules for texts make of the request: all of it, or nothing."""
    faults = {
        change.target: Rejected(code=_WITHOUT_CODE, reason=reason)
        for change in request.changes
        if (reason := _fault(change)) is not None
    }
    if not faults:
        return tuple(Accepted() for _ in request.changes)
    first = next(iter(faults.values()))
    return tuple(faults.get(change.target, first) for change in request.changes)


def _fault(change: Change) -> str | None:
    if change.target.field is not FieldName.TITLE or not isinstance(change.after, Text):
        return None
    if not change.after.text.strip():
        return "Title can't be blank"
    if len(change.after.text) > _LONGEST_TITLE:
        return f"Title is too long (maximum is {_LONGEST_TITLE} characters)"
    return None


def answers_of(request: WriteRequest, answer: UpdateProductAnswer) -> tuple[Answer, ...] | None:
    """Return one answer a change, or None where the payload leaves their fate open.

    The platform writes all fields or none. Its errors about products carry no codes, and it lists a
    product that it refused to change with its old values.
    """
    errors = answer.payload.user_errors
    if errors:
        return tuple(rejected(_own_error(change, errors)) for change in request.changes)
    if answer.payload.product is None:
        return None
    return tuple(Accepted() for _ in request.changes)


def _own_error(change: Change, errors: Sequence[UserError]) -> UserError:
    """Prefer the error about the change's own field to those about its neighbours."""
    field = change.target.field
    is_seo = field in _SEO_FIELDS
    name = _SEO_FIELDS[field] if is_seo else _PLAIN_FIELDS[field]
    named = (one for one in errors if one.field and one.field[-1] == name)
    return next((one for one in named if ("seo" in (one.field or ())) is is_seo), errors[0])


TEXTS = ProductMutation(
    operation="productUpdate",
    document=Document.UPDATE_PRODUCT,
    answer=UpdateProductAnswer,
    answers_of=answers_of,
    predict=predict,
)
