"""productCreate and productDelete."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.fields import RECORD
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.records import Option, OptionValue, Product, to_document
from sandbox.shopify.writing.common import UserError, journal_errors, user_error
from sandbox.shopify.writing.option_values import DEFAULT_VALUE
from sandbox.shopify.writing.products import apply_product, length_errors, product_errors, slug
from sandbox.shopify.writing.variant_creation import new_variant

_SEPARATOR = " / "
Input = dict[str, Any]
Payload = dict[str, Any]


def create_product(
    _: object,
    info: Info,
    product: Input | None = None,
    input: Input | None = None,  # noqa: A002 - the platform's older name of the argument
    **__: object,
) -> Payload:
    """Create a product with its first variant."""
    context = context_of(info)
    entry = product if product is not None else input
    if entry is None:
        raise GraphQLError(
            "productCreate must include at least one of the following arguments: input, product.",
            extensions={"code": "INVALID_FIELD_ARGUMENTS"},
        )
    errors = list(_creation_errors(context, entry))
    if errors:
        journal_errors(context, info.field_name, None, errors)
        return {"product": None, "shop": context.shop, "userErrors": errors}
    made = Product(
        id=context.catalogue.next_number(),
        title=entry["title"],
        handle=_free_handle(context, slug(entry.get("handle") or "") or _derived(entry)),
        created_at=context.at,
        updated_at=context.at,
        vendor=context.shop.name,
        published_at=context.at if entry.get("status", "ACTIVE") == "ACTIVE" else None,
        gift_card=bool(entry.get("giftCard")),
        options=_new_options(context, entry.get("productOptions") or []),
    )
    pair = new_variant(context, made, tracked=False)
    pair[0].option_values = [option.values[0].id for option in made.options]
    made.variant_ids = [pair[0].id]
    made_id = gid("Product", made.id)
    context.write(
        info.field_name,
        made_id,
        RECORD,
        {
            "product": to_document(made),
            "variants": [{"variant": to_document(pair[0]), "item": to_document(pair[1])}],
        },
    )
    stored = context.catalogue.products[made.id]
    apply_product(context, info.field_name, stored, {**entry, "handle": None})
    return {"product": stored, "shop": context.shop, "userErrors": []}


def _creation_errors(context: RequestContext, entry: Input) -> Iterator[UserError]:
    if entry.get("id") is not None:
        yield user_error(["input"], "id cannot be specified during creation")
        return
    if not (entry.get("title") or "").strip():
        yield user_error(["title"], "Title can't be blank")
    if any(
        _SEPARATOR in (option.get("name") or "") for option in entry.get("productOptions") or []
    ):
        yield user_error(["options"], f'Name cannot contain the character sequence "{_SEPARATOR}"')
    yield from length_errors(entry)
    yield from product_errors(context, None, entry)


def _derived(entry: Input) -> str:
    if (entry.get("handle") or "").strip():
        return "product"
    return slug(entry["title"]) or "product"


def _free_handle(context: RequestContext, wanted: str) -> str:
    handle, number = wanted, 0
    while context.catalogue.product_by_handle(handle) is not None:
        number += 1
        handle = f"{wanted}-{number}"
    return handle


def _new_options(context: RequestContext, inputs: list[Input]) -> list[Option]:
    number = context.catalogue.next_number
    if not inputs:
        return [Option(number(), "Title", [OptionValue(number(), DEFAULT_VALUE)])]
    return [
        Option(
            number(),
            str(entry.get("name")),
            [
                OptionValue(number(), str(value.get("name")))
                for value in entry.get("values") or [{"name": DEFAULT_VALUE}]
            ],
        )
        for entry in inputs
    ]


def delete_product(_: object, info: Info, input: Input, **__: object) -> Payload:  # noqa: A002
    """Delete a product with its variants."""
    context = context_of(info)
    number = identifier_number(input["id"], "Product") or 0
    empty = {"productDeleteOperation": None, "shop": context.shop}
    if number not in context.catalogue.products:
        error = user_error(["id"], "Product does not exist")
        journal_errors(context, info.field_name, input["id"], [error])
        return {**empty, "deletedProductId": None, "userErrors": [error]}
    context.write(info.field_name, input["id"], RECORD, None)
    return {**empty, "deletedProductId": input["id"], "userErrors": []}
