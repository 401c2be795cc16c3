"""productCreate, productDelete, and the creation, deletion and order of variants."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.changes import read_field
from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.fields import RECORD
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.records import (
    InventoryItem,
    InventoryLevel,
    Option,
    OptionValue,
    Product,
    Variant,
    to_document,
)
from sandbox.shopify.writing.common import UserError, journal_errors, user_error
from sandbox.shopify.writing.option_values import (
    Combination,
    already_exists,
    chosen_values,
    combination,
    option_position,
    value_choice_errors,
)
from sandbox.shopify.writing.products import apply_product, length_errors, product_errors, slug
from sandbox.shopify.writing.variants import apply_variant, value_errors

Input = dict[str, Any]
Payload = dict[str, Any]
_DEFAULT_VALUE = "Default Title"
_SEPARATOR = " / "
_CODES_ON_CREATION = dict.fromkeys(
    (
        "BLANK",
        "MUST_SPECIFY_ONE_OF_PAIR",
        "OPTION_DOES_NOT_EXIST",
        "OPTION_VALUE_DOES_NOT_EXIST",
        "OPTION_VALUE_NAME_TOO_LONG",
        "TOO_LONG",
    ),
    "INVALID_INPUT",
)
"""What becomes of codes that only the update of variants has."""


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
    pair = _new_variant(context, made, tracked=False)
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
        return [Option(number(), "Title", [OptionValue(number(), _DEFAULT_VALUE)])]
    return [
        Option(
            number(),
            str(entry.get("name")),
            [
                OptionValue(number(), str(value.get("name")))
                for value in entry.get("values") or [{"name": _DEFAULT_VALUE}]
            ],
        )
        for entry in inputs
    ]


def _new_variant(
    context: RequestContext, product: Product, *, tracked: bool
) -> tuple[Variant, InventoryItem]:
    number = context.catalogue.next_number
    at = context.at
    variant = Variant(number(), product.id, number(), at, at)
    levels = {
        location.id: InventoryLevel(
            number(),
            variant.inventory_item_id,
            location.id,
            at,
            at,
            quantities={"available": 0, "on_hand": 0},
        )
        for location in context.catalogue.locations.values()
        if location.active
    }
    item = InventoryItem(
        variant.inventory_item_id, variant.id, at, at, tracked=tracked, levels=levels
    )
    return variant, item


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


def create_variants(
    _: object,
    info: Info,
    productId: str,  # noqa: N803 - the platform's name
    variants: list[Input],
    strategy: str = "DEFAULT",
    **__: object,
) -> Payload:
    """Create variants of one product, all or none."""
    context = context_of(info)
    product = context.catalogue.products.get(identifier_number(productId, "Product") or 0)
    if product is None:
        error = user_error(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        journal_errors(context, info.field_name, productId, [error])
        return {"product": None, "productVariants": [], "userErrors": [error]}
    combinations: set[Combination] = set()
    errors = [
        {**error, "code": _CODES_ON_CREATION.get(error["code"], error["code"])}
        for index, entry in enumerate(variants)
        for error in _variant_errors(context, product, index, entry, combinations)
    ]
    if errors:
        journal_errors(context, info.field_name, productId, errors)
        return {"product": None, "productVariants": [], "userErrors": errors}
    standalone = _standalone(product, strategy)
    made = [_create_variant(context, info.field_name, product, entry) for entry in variants]
    if standalone is not None and made:
        context.write(info.field_name, gid("ProductVariant", standalone), RECORD, None)
        _drop_default_values(context, info.field_name, product)
    return {"product": product, "productVariants": made, "userErrors": []}


def _drop_default_values(context: RequestContext, operation: str, product: Product) -> None:
    """Take the placeholder away that stood for the options of a standalone variant."""
    product_id = gid("Product", product.id)
    options = read_field(context.catalogue, product_id, "options")
    for option in options:
        others = [value for value in option["values"] if value["name"] != _DEFAULT_VALUE]
        option["values"] = others or option["values"]
    context.write(operation, product_id, "options", options)


def _standalone(product: Product, strategy: str) -> int | None:
    """Return the variant that a strategy removes once there are others."""
    if len(product.variant_ids) != 1 or strategy == "PRESERVE_STANDALONE_VARIANT":
        return None
    default = product.options and product.options[0].values[0].name == _DEFAULT_VALUE
    return product.variant_ids[0] if default or strategy == "REMOVE_STANDALONE_VARIANT" else None


def _create_variant(
    context: RequestContext, operation: str, product: Product, entry: Input
) -> Variant:
    variant, item = _new_variant(context, product, tracked=True)
    variant.option_values = chosen_values(
        context, operation, product, entry.get("optionValues") or [], None
    )
    for stock in entry.get("inventoryQuantities") or []:
        level = item.levels[identifier_number(stock["locationId"], "Location") or 0]
        level.quantities = dict.fromkeys(("available", "on_hand"), stock["availableQuantity"])
    variant_id = gid("ProductVariant", variant.id)
    context.write(
        operation,
        variant_id,
        RECORD,
        {"variant": to_document(variant), "item": to_document(item)},
    )
    rest = {key: value for key, value in entry.items() if key != "optionValues"}
    apply_variant(context, operation, product, {**rest, "id": variant_id})
    return context.catalogue.variants[variant.id]


def _variant_errors(
    context: RequestContext,
    product: Product,
    index: int,
    entry: Input,
    combinations: set[Combination],
) -> Iterator[UserError]:
    path = ["variants", str(index)]
    inputs = entry.get("optionValues") or []
    chosen: list[int | None] = []
    for place, value in enumerate(inputs):
        refused = list(value_choice_errors(product, value, [*path, "optionValues", str(place)]))
        if refused:
            yield refused[0]
            return
        position = option_position(product, value)
        if position in chosen:
            name = product.options[position or 0].name
            yield user_error(
                [*path, "optionValues"], f"Duplicated option name '{name}'", "INVALID_INPUT"
            )
            return
        chosen.append(position)
    missing = [option.name for place, option in enumerate(product.options) if place not in chosen]
    if missing and not (len(product.options) == 1 and product.options[0].name == "Title"):
        names = ", ".join(missing)
        yield user_error(
            path, f"You need to add option values for {names}", "NEED_TO_ADD_OPTION_VALUES"
        )
        return
    yield from _stock_errors(context, entry, path)
    wanted = combination(product, inputs, None)
    if wanted in combinations or _exists(context, product, wanted):
        yield already_exists(path, inputs)
    if None not in wanted:
        combinations.add(wanted)
    yield from value_errors(index, entry)


def _stock_errors(context: RequestContext, entry: Input, path: list[str]) -> Iterator[UserError]:
    for stock in entry.get("inventoryQuantities") or []:
        number = identifier_number(stock["locationId"], "Location") or 0
        if number not in context.catalogue.locations:
            names = _SEPARATOR.join(
                str(value.get("name")) for value in entry.get("optionValues") or []
            )
            yield user_error(
                [*path, "inventoryQuantities"],
                f"Quantity for {names} couldn't be set because the location was deleted.",
                "TRACKED_VARIANT_LOCATION_NOT_FOUND",
            )


def _exists(context: RequestContext, product: Product, wanted: Combination) -> bool:
    return any(
        tuple(variant.option_values) == wanted for variant in context.catalogue.variants_of(product)
    )


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
