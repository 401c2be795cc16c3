"""Changing products: one or ten of them, creating and deleting."""

from collections.abc import Mapping
from typing import Any

from sandbox.bigcommerce.answers import (
    Answer,
    data,
    invalid,
    nothing,
    partly_saved,
    refusal,
)
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.documents import product_document
from sandbox.bigcommerce.fields import (
    PRODUCT_FIELDS,
    PRODUCT_UNSUPPORTED,
    RECORD,
    SAVED_APART,
)
from sandbox.bigcommerce.identifiers import product_name
from sandbox.bigcommerce.product_listing import chosen_products, finisher, product_of
from sandbox.bigcommerce.records import Product, Variant, to_document


def update_product(context: RequestContext, call: Call) -> Answer:
    """Change one product."""
    finish = finisher(context.catalogue, call)
    product = product_of(context.catalogue, call.number("product_id"))
    changes = _checked(context.catalogue, product, call.body)
    failed = _apply(context, product, changes)
    document = finish(product_document(context.catalogue, product))
    return partly_saved(document, failed) if failed is not None else data(document)


def update_products(context: RequestContext, call: Call) -> Answer:
    """Change up to ten products; nothing is saved where one of them cannot be."""
    catalogue = context.catalogue
    finish = finisher(catalogue, call)
    accepted = [_checked_item(catalogue, position, item) for position, item in enumerate(call.body)]
    _check_within(accepted)
    failures: dict[str, str] = {}
    partly = False
    for position, (product, changes) in enumerate(accepted):
        failed = _apply(context, product, changes)
        partly = partly or failed is not None
        failures.update({f"{position}.{name}": text for name, text in (failed or {}).items()})
    documents = [finish(product_document(catalogue, product)) for product, _ in accepted]
    return partly_saved(documents, failures) if partly else data(documents)


def create_product(context: RequestContext, call: Call) -> Answer:
    """Create a product with one base variant."""
    catalogue = context.catalogue
    body = dict(call.body)
    missing = {
        name: "is required" for name in ("name", "type", "weight", "price") if name not in body
    }
    if missing:
        raise invalid(missing)
    finish = finisher(catalogue, call)
    changes = _checked(catalogue, None, body)
    number, variant_number = catalogue.next_numbers()
    address = changes.pop("custom_url", None)
    slug = "-".join("".join(c.lower() if c.isalnum() else " " for c in body["name"]).split())
    values = {name: PRODUCT_FIELDS[name].parse(value) for name, value in changes.items()}
    values["custom_url"] = {"url": f"/{slug[:200]}-{number}/", "is_customized": False}
    product = Product(number, context.at, context.at, values)
    variant = Variant(variant_number, number, {})
    product.variant_ids = [variant_number]
    record = {"product": to_document(product), "variants": [to_document(variant)]}
    context.write(product_name(number), RECORD, record)
    product = catalogue.products[number]
    failed = _apply(context, product, {} if address is None else {"custom_url": address})
    document = finish(product_document(catalogue, product))
    return partly_saved(document, failed) if failed is not None else data(document)


def delete_product(context: RequestContext, call: Call) -> Answer:
    """Delete one product; one that is not there is as good as deleted."""
    number = call.number("product_id")
    if number in context.catalogue.products:
        context.write(product_name(number), RECORD, None)
    return nothing()


def delete_products(context: RequestContext, call: Call) -> Answer:
    """Delete the products that a filter chooses, at most 250."""
    for number in chosen_products(context, call):
        context.write(product_name(number), RECORD, None)
    return nothing()


def product_target(_: Catalogue, call: Call) -> list[Target]:
    """Return what a request on one product wants to write."""
    body = call.body if isinstance(call.body, dict) else {}
    number = call.path.get("product_id")
    name = None if number is None else product_name(int(number))
    return [Target(name, {key: value for key, value in body.items() if key in PRODUCT_FIELDS})]


def product_targets(_: Catalogue, call: Call) -> list[Target]:
    """Return what a batch of products wants to write."""
    return [
        Target(
            product_name(item["id"]) if isinstance(item.get("id"), int) else None,
            {key: value for key, value in item.items() if key in PRODUCT_FIELDS},
        )
        for item in (call.body if isinstance(call.body, list) else ())
        if isinstance(item, dict)
    ]


def deleted_products(_: Catalogue, call: Call) -> list[Target]:
    """Return the products that a deletion by identifier names."""
    parts = call.query.get("id:in", call.query.get("id", "")).split(",")
    return [Target(product_name(part), {RECORD: None}) for part in parts if part.isdigit()]


def _checked_item(
    catalogue: Catalogue,
    position: int,
    item: Any,  # noqa: ANN401 - any JSON value
) -> tuple[Product, dict[str, Any]]:
    if not isinstance(item, dict):
        raise invalid({f"{position}": "must be an object"})
    number = item.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise invalid({f"{position}.id": "is required and must be an integer"})
    product = product_of(catalogue, number)
    return product, _checked(catalogue, product, item, f"{position}.")


def _checked(
    catalogue: Catalogue, product: Product | None, body: Mapping[str, Any], prefix: str = ""
) -> dict[str, Any]:
    """Return the fields of a request that the store can set.

    Raises:
        RefusalError: one of them cannot be, or belongs to another product.
    """
    problems: dict[str, str] = {}
    for name in sorted(PRODUCT_UNSUPPORTED & body.keys()):
        problems[prefix + name] = "is nothing that this stand-in store can save"
    changes = {name: value for name, value in body.items() if name in PRODUCT_FIELDS}
    for name, value in changes.items():
        problem = PRODUCT_FIELDS[name].problem(value)
        if problem is not None:
            problems[prefix + name] = f"{name} {problem}"
    if problems:
        raise invalid(problems)
    _check_conflicts(catalogue, product, changes, prefix)
    return changes


def _check_conflicts(
    catalogue: Catalogue, product: Product | None, changes: Mapping[str, Any], prefix: str
) -> None:
    own = set()
    if product is not None:
        own = {product_name(product.id)}
    for name in ("name", "sku"):
        holder = catalogue.holder(name, changes.get(name))
        if holder is not None and holder not in own:
            title = f"The product {name} is a duplicate"
            raise refusal(409, title, {prefix + name: f"{name} belongs to {holder}"})
    unknown = [one for one in changes.get("categories", ()) if int(one) not in catalogue.categories]
    if unknown:
        raise refusal(
            409, "A category was not found", {prefix + "categories": f"has no {unknown[0]}"}
        )
    brand = int(changes.get("brand_id", 0))
    if brand and brand not in catalogue.brands:
        raise refusal(409, "The brand was not found", {prefix + "brand_id": f"has no {brand}"})


def _check_within(accepted: list[tuple[Product, dict[str, Any]]]) -> None:
    """Refuse a batch that gives two products the same name or SKU."""
    for name in ("name", "sku"):
        seen: dict[str, int] = {}
        for position, (product, changes) in enumerate(accepted):
            value = str(changes.get(name) or "").casefold()
            if value and seen.setdefault(value, product.id) != product.id:
                title = f"The product {name} is a duplicate"
                raise refusal(409, title, {f"{position}.{name}": f"{name} appears twice"})


def _apply(
    context: RequestContext, product: Product, changes: Mapping[str, Any]
) -> dict[str, str] | None:
    """Save a product's fields; return those that failed alone, None where all was well."""
    name = product_name(product.id)
    failed: dict[str, str] = {}
    for field in (field for field in changes if field not in SAVED_APART):
        context.write(name, field, changes[field])
    for field in (field for field in changes if field in SAVED_APART):
        value = changes[field]
        if field == "custom_url" and context.catalogue.holder(field, value) not in (None, name):
            failed[field] = "custom_url belongs to another product"
        elif context.leaves_out(name):
            failed[field] = f"{field} could not be saved"
        elif field == "inventory_level" and product.value("inventory_tracking") != "product":
            reason = "the product's stock is not tracked by product"
            context.refuse(Target(name, {field: value}), reason)
            continue
        else:
            context.write(name, field, value)
            continue
        context.refuse(Target(name, {field: value}), f"207 {failed[field]}")
    return failed if failed or context.leaves_out(name) else None
