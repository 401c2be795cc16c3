"""The operations on variants: reading, changing one, and changing up to fifty."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.bigcommerce.answers import (
    INVALID,
    STATUS_PAGE,
    Answer,
    batch_refusal,
    data,
    invalid,
    not_found,
    partly_saved,
    refusal,
)
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.documents import variant_document
from sandbox.bigcommerce.fields import SAVED_APART, VARIANT_FIELDS
from sandbox.bigcommerce.filters import Document, Filter, numbers, words
from sandbox.bigcommerce.identifiers import product_name, variant_name
from sandbox.bigcommerce.queries import Collection, field_shape, numbers_in
from sandbox.bigcommerce.records import Variant

_STOCK = frozenset({"inventory_level", "inventory_warning_level"})


def get_variants(context: RequestContext, call: Call) -> Answer:
    """List the variants of the whole catalogue."""
    return _COLLECTION.answer(
        call, candidates(context.catalogue, call), _render(context.catalogue), field_shape(call)
    )


def get_product_variants(context: RequestContext, call: Call) -> Answer:
    """List one product's variants."""
    product = context.catalogue.products.get(call.number("product_id"))
    if product is None:
        raise not_found(f"A product was not found with an id of {call.path['product_id']}")
    variants = context.catalogue.variants_of(product)
    return Collection({}).answer(call, variants, _render(context.catalogue), field_shape(call))


def get_product_variant(context: RequestContext, call: Call) -> Answer:
    """Return one variant."""
    variant = _variant_of_product(context.catalogue, call)
    return data(field_shape(call)(variant_document(context.catalogue, variant)))


def update_product_variant(context: RequestContext, call: Call) -> Answer:
    """Change one variant."""
    variant = _variant_of_product(context.catalogue, call)
    changes = _known(call.body)
    problems = _problems(context.catalogue, variant, changes)
    if "sku" in problems and not VARIANT_FIELDS["sku"].problem(changes["sku"]):
        raise refusal(409, "The variant sku is a duplicate", problems)
    if problems:
        raise invalid(problems)
    failed = _apply(context, variant, changes)
    document = variant_document(context.catalogue, variant)
    return partly_saved(document, failed) if failed is not None else data(document)


def update_variants(context: RequestContext, call: Call) -> Answer:
    """Change up to fifty variants; nothing is saved where one of them cannot be."""
    catalogue = context.catalogue
    errors: list[dict[str, Any]] = []
    accepted: list[tuple[Variant, dict[str, Any]]] = []
    skus: dict[str, int] = {}
    for position, item in enumerate(call.body):
        variant, problems = _read_item(catalogue, item)
        if variant is not None and not problems:
            changes = _known(item)
            sku = str(changes.get("sku", "")).casefold()
            if sku and skus.setdefault(sku, variant.id) != variant.id:
                problems = {"sku": "appears twice in the batch"}
            if changes.get("inventory_level") is not None and changes["inventory_level"] < 0:
                problems = {"inventory_level": "must not be less than 0"}
            accepted.append((variant, changes))
        if problems:
            errors.append(_batch_error(position, problems))
    if errors:
        reasons = "; ".join(
            f"{field} {text}" for error in errors for field, text in error["errors"].items()
        )
        raise batch_refusal(errors, f"422 {INVALID}: {reasons}")
    for variant, changes in accepted:
        _apply(context, variant, changes)
    return data([variant_document(catalogue, variant) for variant, _ in accepted])


def variant_target(_: Catalogue, call: Call) -> list[Target]:
    """Return what a request on one variant wants to write."""
    body = call.body if isinstance(call.body, dict) else {}
    return [Target(variant_name(call.number("variant_id")), _known(body))]


def variant_targets(_: Catalogue, call: Call) -> list[Target]:
    """Return what a batch of variants wants to write."""
    return [
        Target(variant_name(item["id"]) if isinstance(item.get("id"), int) else None, _known(item))
        for item in (call.body if isinstance(call.body, list) else ())
        if isinstance(item, dict)
    ]


def _known(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name in VARIANT_FIELDS}


def _variant_of_product(catalogue: Catalogue, call: Call) -> Variant:
    variant = catalogue.variants.get(call.number("variant_id"))
    if variant is None or variant.product_id != call.number("product_id"):
        raise not_found(f"A variant was not found with an id of {call.path['variant_id']}")
    return variant


def _read_item(
    catalogue: Catalogue,
    item: Any,  # noqa: ANN401 - any JSON value
) -> tuple[Variant | None, dict[str, str]]:
    """Return the variant that an item of a batch names, and what is wrong with the item."""
    if not isinstance(item, dict):
        return None, {"item": "must be an object"}
    number = item.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        return None, {"id": "is required and must be an integer"}
    variant = catalogue.variants.get(number)
    if variant is None:
        return None, {"id": f"{number} is no variant of this store"}
    return variant, _problems(catalogue, variant, _known(item))


def _problems(catalogue: Catalogue, variant: Variant, changes: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    for name, value in changes.items():
        problem = VARIANT_FIELDS[name].problem(value)
        if problem is not None:
            problems[name] = f"{name} {problem}"
    holder = catalogue.holder("sku", changes.get("sku"))
    if holder not in (None, variant_name(variant.id), product_name(variant.product_id)):
        problems.setdefault("sku", f"sku belongs to {holder}")
    return problems


def _batch_error(position: int, problems: Mapping[str, str]) -> dict[str, Any]:
    return {
        "status": 422,
        "title": INVALID,
        "type": STATUS_PAGE,
        "errors": {f"{position}.{name}": text for name, text in problems.items()},
    }


def _apply(
    context: RequestContext, variant: Variant, changes: Mapping[str, Any]
) -> dict[str, str] | None:
    """Save a variant's fields; return those that failed alone, None where all was well."""
    catalogue, name = context.catalogue, variant_name(variant.id)
    base = catalogue.is_base(variant)
    product = catalogue.products[variant.product_id]
    failed: dict[str, str] = {}
    for field, value in changes.items():
        # A simple product and its base variant have one SKU between them.
        written = product_name(product.id) if base and field == "sku" else name
        if field == "inventory_level" and value is not None and value < 0:
            failed[field] = "inventory_level must not be less than 0"
        elif field in SAVED_APART and context.leaves_out(name):
            failed[field] = f"{field} could not be saved"
        elif field in _STOCK and product.value("inventory_tracking") != "variant":
            reason = "the product's stock is not tracked by variant"
            context.refuse(Target(name, {field: value}), reason)
            continue
        else:
            context.write(written, field, value)
            continue
        context.refuse(Target(name, {field: value}), f"207 {failed[field]}")
    return failed if failed or context.leaves_out(name) else None


def _render(catalogue: Catalogue) -> Callable[[Variant], Document]:
    return lambda variant: variant_document(catalogue, variant)


def candidates(catalogue: Catalogue, call: Call, variants: str = "id:in") -> list[Variant]:
    """Return the variants that a query can choose, without looking at each where it names them.

    Raises:
        RefusalError: a list of identifiers holds something else.
    """
    named = numbers_in(call, variants)
    products = numbers_in(call, "product_id:in")
    if named is not None:
        found = (catalogue.variants.get(number) for number in sorted(set(named)))
        return [variant for variant in found if variant is not None]
    if products is not None:
        return [
            variant
            for number in sorted(set(products))
            if number in catalogue.products
            for variant in catalogue.variants_of(catalogue.products[number])
        ]
    return list(catalogue.variants.values())


_FILTERS: Mapping[str, Filter] = {
    **numbers("id", "in"),
    **numbers("product_id", "in"),
    **words("sku", "in"),
    **words("upc"),
}
_COLLECTION = Collection(_FILTERS)
