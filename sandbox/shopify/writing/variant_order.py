"""productVariantsBulkDelete and productVariantsBulkReorder."""

from collections.abc import Iterator
from typing import Any

from sandbox.shopify.context import Info, context_of
from sandbox.shopify.fields import RECORD
from sandbox.shopify.identifiers import identifier_number
from sandbox.shopify.records import Product
from sandbox.shopify.writing.common import UserError, journal_errors, user_error

Input = dict[str, Any]
Payload = dict[str, Any]


def delete_variants(
    _: object,
    info: Info,
    productId: str,  # noqa: N803 - the platform's name
    variantsIds: list[str],  # noqa: N803 - the platform's name
) -> Payload:
    """Delete variants of one product, all or none."""
    context = context_of(info)
    product = context.catalogue.products.get(identifier_number(productId, "Product") or 0)
    errors = []
    if product is None:
        errors.append(user_error(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST"))
    else:
        errors.extend(
            user_error(
                ["variantsIds", str(index)],
                "At least one variant does not belong to the product",
                "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT",
            )
            for index, variant_id in enumerate(variantsIds)
            if identifier_number(variant_id, "ProductVariant") not in product.variant_ids
        )
    if errors or product is None:
        journal_errors(context, info.field_name, productId, errors)
        return {"product": None, "userErrors": errors}
    for variant_id in dict.fromkeys(variantsIds):
        context.write(info.field_name, variant_id, RECORD, None)
    return {"product": product, "userErrors": []}


def reorder_variants(
    _: object,
    info: Info,
    productId: str,  # noqa: N803 - the platform's name
    positions: list[Input],
) -> Payload:
    """Move variants of one product to the positions asked for; the others follow in order."""
    context = context_of(info)
    product = context.catalogue.products.get(identifier_number(productId, "Product") or 0)
    errors = list(_reorder_errors(product, positions))
    if errors or product is None:
        journal_errors(context, info.field_name, productId, errors)
        return {"product": None, "userErrors": errors}
    wanted = {
        identifier_number(entry["id"], "ProductVariant") or 0: entry["position"]
        for entry in positions
    }
    order = [number for number in product.variant_ids if number not in wanted]
    for number, position in sorted(wanted.items(), key=lambda pair: pair[1]):
        order.insert(position - 1, number)
    context.write(info.field_name, productId, "variantIds", order)
    return {"product": product, "userErrors": []}


def _reorder_errors(product: Product | None, positions: list[Input]) -> Iterator[UserError]:
    if product is None:
        yield user_error(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        return
    identifiers = [entry["id"] for entry in positions]
    if len(set(identifiers)) != len(identifiers):
        yield user_error(
            ["positions"], "Product variant IDs must be unique", "DUPLICATED_VARIANT_ID"
        )
        return
    for index, entry in enumerate(positions):
        path = ["positions", str(index)]
        if entry["position"] < 1:
            yield user_error(
                [*path, "position"],
                "Position can not be zero or negative number",
                "INVALID_POSITION",
            )
        elif identifier_number(entry["id"], "ProductVariant") not in product.variant_ids:
            yield user_error([*path, "id"], "Product variant does not exist", "MISSING_VARIANT")
