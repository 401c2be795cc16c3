"""productUpdate, productChangeStatus, tagsAdd and tagsRemove."""

import re
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.identifiers import gid, identifier_number, parse_identifier
from sandbox.shopify.records import Product
from sandbox.shopify.writing.common import (
    UserError,
    journal_errors,
    normal_tags,
    set_metafields,
    split_tags,
    too_long,
    too_many,
    user_error,
)

_LONGEST_TEXT = 255
_PLAIN_FIELDS = (
    "descriptionHtml",
    "giftCardTemplateSuffix",
    "productType",
    "requiresSellingPlan",
    "status",
    "templateSuffix",
    "title",
    "vendor",
)
_NULLABLE = ("giftCardTemplateSuffix", "templateSuffix")
_TOO_LONG = f"is too long (maximum is {_LONGEST_TEXT} characters)"
Input = dict[str, Any]


def update_product(
    _: object,
    info: Info,
    product: Input | None = None,
    input: Input | None = None,  # noqa: A002 - the platform's older name of the argument
    identifier: Input | None = None,
    **__: object,
) -> dict[str, Any]:
    """Change a product's own fields: those that the input names, or none if one is refused."""
    context = context_of(info)
    entry = product if product is not None else input
    if entry is None:
        raise GraphQLError(
            "productUpdate must include at least one of the following arguments: input, product.",
            extensions={"code": "INVALID_FIELD_ARGUMENTS"},
        )
    found = _target(context, entry, identifier)
    if found is None:
        error = user_error(["id"], "Product does not exist")
        journal_errors(context, info.field_name, entry.get("id"), [error])
        return {"product": None, "userErrors": [error]}
    errors = list(_errors(context, found, entry))
    if errors:
        journal_errors(context, info.field_name, gid("Product", found.id), errors)
        return {"product": found, "userErrors": errors}
    apply_product(context, info.field_name, found, entry)
    return {"product": found, "userErrors": []}


def _target(context: RequestContext, entry: Input, identifier: Input | None) -> Product | None:
    catalogue = context.catalogue
    chosen = identifier or {}
    if chosen.get("handle"):
        return catalogue.product_by_handle(chosen["handle"])
    number = identifier_number(chosen.get("id") or entry.get("id") or "", "Product")
    return catalogue.products.get(number or 0)


def apply_product(context: RequestContext, operation: str, found: Product, entry: Input) -> None:
    """Write every field that a product's input names."""
    product_id = gid("Product", found.id)
    for name in _PLAIN_FIELDS:
        if name in entry and (entry[name] is not None or name in _NULLABLE):
            context.write(operation, product_id, name, entry[name])
    if entry.get("status") == "ACTIVE" and found.published_at is None:
        context.write(operation, product_id, "publishedAt", context.at)
    if (entry.get("handle") or "").strip():
        context.write(operation, product_id, "handle", slug(entry["handle"]) or "product")
    if entry.get("tags") is not None:
        context.write(operation, product_id, "tags", normal_tags(split_tags(entry["tags"])))
    for name in ("title", "description"):
        if name in (entry.get("seo") or {}):
            context.write(operation, product_id, f"seo.{name}", entry["seo"][name])
    for key, joins in (("collectionsToJoin", True), ("collectionsToLeave", False)):
        for collection_id in entry.get(key) or []:
            _membership(context, operation, collection_id, found.id, joins=joins)
    set_metafields(context, operation, product_id, entry.get("metafields"))


def _membership(
    context: RequestContext, operation: str, collection_id: str, product_id: int, *, joins: bool
) -> None:
    number = identifier_number(collection_id, "Collection") or 0
    collection = context.catalogue.collections.get(number)
    if collection is None or collection.rule_set is not None:
        return
    members = list(collection.product_ids)
    if joins and product_id not in members:
        members.append(product_id)
    elif not joins and product_id in members:
        members.remove(product_id)
    context.catalogue.settle_members(collection)
    context.write(operation, collection_id, "productIds", members)


def slug(text: str) -> str:
    """Return a handle for a text, as the platform derives it."""
    return re.sub(r"\W+", "-", text.lower()).strip("-")


def length_errors(entry: Input) -> Iterator[UserError]:
    """Yield the errors of texts that are longer than the platform takes."""
    for name, label in (("title", "Title"), ("vendor", "Vendor"), ("handle", "Handle")):
        if len(entry.get(name) or "") > _LONGEST_TEXT:
            yield user_error([name], f"{label} {_TOO_LONG}")
    if len(entry.get("productType") or "") > _LONGEST_TEXT:
        yield user_error(["productType"], f"Product type {_TOO_LONG}")
        yield user_error(["customProductType"], f"Custom product type {_TOO_LONG}")


def product_errors(
    context: RequestContext, found: Product | None, entry: Input
) -> Iterator[UserError]:
    """Yield the errors of tags, handle and category; `found` is the product that has them.

    Raises:
        GraphQLError: the category does not exist.
    """
    if too_long(entry.get("tags") or []):
        yield user_error(["tags"], "Product tags is invalid")
    handle = slug(entry.get("handle") or "")
    other = context.catalogue.product_by_handle(handle) if handle else None
    if other is not None and other is not found:
        yield user_error(
            ["input", "handle"],
            f"Handle '{handle}' already in use. Please provide a new handle.",
        )
    if entry.get("category") is not None:
        raise GraphQLError(
            "Invalid product_taxonomy_node_id",
            extensions={"code": "INVALID_PRODUCT_TAXONOMY_NODE_ID"},
        )


def _errors(context: RequestContext, found: Product, entry: Input) -> Iterator[UserError]:
    if "title" in entry and not (entry["title"] or "").strip():
        yield user_error(["title"], "Title can't be blank")
    yield from length_errors(entry)
    yield from product_errors(context, found, entry)


def change_status(
    _: object,
    info: Info,
    productId: str,  # noqa: N803 - the platform's name
    status: str,
) -> dict[str, Any]:
    """Set a product's status."""
    context = context_of(info)
    found = context.catalogue.products.get(identifier_number(productId, "Product") or 0)
    if found is None:
        error = user_error(["productId"], "Product does not exist", "PRODUCT_NOT_FOUND")
        journal_errors(context, info.field_name, productId, [error])
        return {"product": None, "userErrors": [error]}
    apply_product(context, info.field_name, found, {"status": status})
    return {"product": found, "userErrors": []}


def add_tags(
    _: object,
    info: Info,
    id: str,  # noqa: A002 - the platform's name
    tags: list[str],
) -> dict[str, Any]:
    """Add tags to a product; those that it has, in whatever case, stay as they are."""
    return _change_tags(info, id, tags, adds=True)


def remove_tags(
    _: object,
    info: Info,
    id: str,  # noqa: A002 - the platform's name
    tags: list[str],
) -> dict[str, Any]:
    """Remove tags from a product; those that it does not have are passed over."""
    return _change_tags(info, id, tags, adds=False)


def _change_tags(info: Info, identifier: str, tags: list[str], *, adds: bool) -> dict[str, Any]:
    context = context_of(info)
    product = context.catalogue.products.get(identifier_number(identifier, "Product") or 0)
    if product is None:
        parsed = parse_identifier(identifier)
        kind = parsed.kind if parsed else "Resource"
        error = user_error(["id"], f"{kind} does not exist")
        journal_errors(context, info.field_name, identifier, [error])
        return {"node": None, "userErrors": [error]}
    wanted = split_tags(tags)
    if adds and too_long(wanted):
        error = user_error(["tags"], "Product tags is invalid")
        journal_errors(context, info.field_name, identifier, [error])
        return {"node": product, "userErrors": [error]}
    gone = {tag.strip().lower() for tag in wanted}
    after = (
        normal_tags([*product.tags, *wanted])
        if adds
        else [tag for tag in product.tags if tag.lower() not in gone]
    )
    if adds and too_many(after) and len(after) > len(product.tags):
        error = user_error(["tags"], "Tags cannot be added as the product has too many tags")
        journal_errors(context, info.field_name, identifier, [error])
        return {"node": product, "userErrors": [error]}
    context.write(info.field_name, identifier, "tags", after)
    return {"node": product, "userErrors": []}
