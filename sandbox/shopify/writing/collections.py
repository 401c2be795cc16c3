"""The creation, change and deletion of collections and their members."""

from collections.abc import Iterator
from typing import Any

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.fields import RECORD
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.records import Collection, to_document
from sandbox.shopify.writing.common import (
    UserError,
    journal_errors,
    set_metafields,
    user_error,
)
from sandbox.shopify.writing.products import length_errors, slug

Input = dict[str, Any]
Payload = dict[str, Any]
_FIELDS = ("title", "descriptionHtml", "sortOrder", "templateSuffix", "ruleSet")


def create_collection(
    _: object,
    info: Info,
    input: Input | None = None,  # noqa: A002 - the platform's name
    collection: Input | None = None,
) -> Payload:
    """Create a collection, manual or smart."""
    context = context_of(info)
    entry = collection or input or {}
    errors = list(_creation_errors(entry))
    if errors:
        journal_errors(context, info.field_name, None, errors)
        return {"collection": None, "userErrors": errors}
    made = Collection(
        id=context.catalogue.next_number(),
        title=entry["title"],
        handle=_free_handle(context, slug(entry.get("handle") or entry["title"]) or "collection"),
        updated_at=context.at,
        product_ids=_known(context, entry.get("products") or []),
    )
    made_id = gid("Collection", made.id)
    context.write(info.field_name, made_id, RECORD, to_document(made))
    stored = context.catalogue.collections[made.id]
    _apply(context, info.field_name, stored, {**entry, "handle": None})
    return {"collection": stored, "userErrors": []}


def _creation_errors(entry: Input) -> Iterator[UserError]:
    if entry.get("id") is not None:
        yield user_error(["id"], "id cannot be specified on collection creation")
        return
    if not (entry.get("title") or "").strip():
        yield user_error(["title"], "Title can't be blank")
    yield from length_errors(entry)


def _free_handle(context: RequestContext, wanted: str) -> str:
    handle, number = wanted, 0
    while context.catalogue.collection_by_handle(handle) is not None:
        number += 1
        handle = f"{wanted}-{number}"
    return handle


def _known(context: RequestContext, identifiers: list[str]) -> list[int]:
    numbers = (identifier_number(text, "Product") or 0 for text in identifiers)
    return [number for number in dict.fromkeys(numbers) if number in context.catalogue.products]


def update_collection(
    _: object,
    info: Info,
    input: Input | None = None,  # noqa: A002 - the platform's name
    collection: Input | None = None,
) -> Payload:
    """Change a collection's own fields: all that the input names, or none."""
    context = context_of(info)
    entry = collection or input or {}
    found = _find(context, entry.get("id") or "")
    errors = [] if found else [user_error(["id"], "Collection does not exist")]
    if "title" in entry and not (entry["title"] or "").strip():
        errors.append(user_error(["title"], "Title can't be blank"))
    errors.extend(length_errors(entry))
    if errors or found is None:
        journal_errors(context, info.field_name, entry.get("id"), errors)
        return {"collection": found, "job": None, "userErrors": errors}
    if "ruleSet" in entry or "products" in entry:
        job = _job(context.catalogue.start_job(found))
    else:
        job = None
    _apply(context, info.field_name, found, entry)
    return {"collection": found, "job": job, "userErrors": []}


def _apply(context: RequestContext, operation: str, found: Collection, entry: Input) -> None:
    found_id = gid("Collection", found.id)
    for name in _FIELDS:
        if entry.get(name) is not None or (name == "templateSuffix" and name in entry):
            context.write(operation, found_id, name, entry[name])
    if entry.get("handle"):
        context.write(operation, found_id, "handle", slug(entry["handle"]))
    for name in ("title", "description"):
        if name in (entry.get("seo") or {}):
            context.write(operation, found_id, f"seo.{name}", entry["seo"][name])
    set_metafields(context, operation, found_id, entry.get("metafields"))


def delete_collection(_: object, info: Info, input: Input) -> Payload:  # noqa: A002
    """Delete a collection; its products stay."""
    context = context_of(info)
    if _find(context, input["id"]) is None:
        error = user_error(["id"], "Collection does not exist")
        journal_errors(context, info.field_name, input["id"], [error])
        return {"deletedCollectionId": None, "shop": context.shop, "userErrors": [error]}
    context.write(info.field_name, input["id"], RECORD, None)
    return {"deletedCollectionId": input["id"], "shop": context.shop, "userErrors": []}


def add_products(
    _: object,
    info: Info,
    id: str,  # noqa: A002 - the platform's name
    productIds: list[str],  # noqa: N803 - the platform's name
) -> Payload:
    """Add products to a manual collection, all or none; none may be in it already."""
    context = context_of(info)
    found, errors = _manual(context, id, adds=True)
    if found is not None and not errors:
        present = set(found.product_ids).intersection(_known(context, productIds))
        errors.extend(
            user_error(
                ["productIds"],
                f"Error adding {context.catalogue.products[number].title} to collection: "
                "Product is already in the collection",
            )
            for number in sorted(present)
        )
    if errors or found is None:
        journal_errors(context, info.field_name, id, errors)
        return {"collection": None, "userErrors": errors}
    context.catalogue.settle_members(found)
    _change_members(context, info.field_name, found, productIds, adds=True)
    return {"collection": found, "userErrors": []}


def add_products_later(
    _: object,
    info: Info,
    id: str,  # noqa: A002 - the platform's name
    productIds: list[str],  # noqa: N803 - the platform's name
) -> Payload:
    """Add products to a manual collection, as a job."""
    return _change_later(info, id, productIds, adds=True)


def remove_products(
    _: object,
    info: Info,
    id: str,  # noqa: A002 - the platform's name
    productIds: list[str],  # noqa: N803 - the platform's name
) -> Payload:
    """Remove products from a manual collection, as a job."""
    return _change_later(info, id, productIds, adds=False)


def _change_later(info: Info, identifier: str, product_ids: list[str], *, adds: bool) -> Payload:
    context = context_of(info)
    found, errors = _manual(context, identifier, adds=adds)
    if errors or found is None:
        journal_errors(context, info.field_name, identifier, errors)
        return {"job": None, "userErrors": errors}
    job = context.catalogue.start_job(found)
    _change_members(context, info.field_name, found, product_ids, adds=adds)
    return {"job": _job(job), "userErrors": []}


def _job(identifier: str) -> Payload:
    """Return a job as the mutation that began it answers it, never done yet."""
    return {"id": identifier, "done": False, "query": None}


def _find(context: RequestContext, identifier: str) -> Collection | None:
    return context.catalogue.collections.get(identifier_number(identifier, "Collection") or 0)


def _manual(
    context: RequestContext, identifier: str, *, adds: bool
) -> tuple[Collection | None, list[UserError]]:
    """Return a collection whose members can be chosen, or why there is none."""
    found = _find(context, identifier)
    if found is None:
        message = "Collection does not exist"
        return None, [user_error(["id"], message, "COLLECTION_DOES_NOT_EXIST")]
    if found.rule_set is not None:
        verb, word = ("add", "to") if adds else ("remove", "from")
        message = f"Can't manually {verb} products {word} a smart collection"
        return found, [user_error(["id"], message, "CANT_ADD_TO_SMART_COLLECTION")]
    return found, []


def _change_members(
    context: RequestContext,
    operation: str,
    found: Collection,
    product_ids: list[str],
    *,
    adds: bool,
) -> None:
    named = _known(context, product_ids)
    kept = [number for number in found.product_ids if adds or number not in named]
    added = [number for number in named if adds and number not in kept]
    context.write(operation, gid("Collection", found.id), "productIds", [*kept, *added])
