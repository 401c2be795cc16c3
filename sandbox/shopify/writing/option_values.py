"""The option values that the input of a variant chooses: found, checked, and added if new."""

from collections.abc import Iterator
from typing import Any

from sandbox.shopify.changes import read_field
from sandbox.shopify.context import RequestContext
from sandbox.shopify.identifiers import gid, identifier_number
from sandbox.shopify.records import OptionValue, Product, Variant
from sandbox.shopify.writing.common import UserError, user_error

DEFAULT_VALUE = "Default Title"
"""The value of the one option of a product without options."""

_LONGEST_NAME = 255
_SEPARATOR = " / "
Input = dict[str, Any]
Combination = tuple[int | str | None, ...]


def option_position(product: Product, entry: Input) -> int | None:
    """Return which of a product's options an option value's input means, or None."""
    number = identifier_number(entry.get("optionId") or "", "ProductOption")
    for position, option in enumerate(product.options):
        if option.id == number or (number is None and option.name == entry.get("optionName")):
            return position
    return None


def value_choice_errors(product: Product, entry: Input, path: list[str]) -> Iterator[UserError]:
    """Yield why an input names no option value that a variant could have."""
    position = option_position(product, entry)
    if position is None:
        yield user_error(path, "Option does not exist", "OPTION_DOES_NOT_EXIST")
        return
    identifier, name = entry.get("id"), entry.get("name")
    if identifier is not None:
        if _known(product, position, entry) is None:
            yield user_error(path, "Option value does not exist", "OPTION_VALUE_DOES_NOT_EXIST")
    elif name is None:
        yield user_error(path, "Name or id must be specified", "MUST_SPECIFY_ONE_OF_PAIR")
    elif not name.strip():
        yield user_error([*path, "name"], "Option value name can't be blank", "INVALID_INPUT")
    elif len(name) > _LONGEST_NAME:
        yield user_error(
            [*path, "name"],
            f"Option value name is too long (maximum is {_LONGEST_NAME} characters)",
            "OPTION_VALUE_NAME_TOO_LONG",
        )


def combination(product: Product, inputs: list[Input], variant: Variant | None) -> Combination:
    """Return the option values that a variant would have: their numbers, or a new one's name."""
    chosen: list[int | str | None] = (
        list(variant.option_values) if variant else [None] * len(product.options)
    )
    for entry in inputs:
        position = option_position(product, entry)
        if position is not None:
            known = _known(product, position, entry)
            chosen[position] = known.id if known else str(entry.get("name"))
    return tuple(chosen)


def already_exists(path: list[str], inputs: list[Input]) -> UserError:
    """Return the error of a variant whose option values another one has."""
    names = _SEPARATOR.join(str(value.get("name")) for value in inputs)
    return user_error(
        path,
        f"The variant '{names}' already exists. Please change at least one option value.",
        "VARIANT_ALREADY_EXISTS",
    )


def chosen_values(
    context: RequestContext,
    operation: str,
    product: Product,
    inputs: list[Input],
    variant: Variant | None,
) -> list[int]:
    """Return the option values that a variant's input chooses, adding new ones to the product."""
    chosen = list(variant.option_values) if variant else [0] * len(product.options)
    for entry in inputs:
        position = option_position(product, entry)
        if position is None:
            continue
        known = _known(product, position, entry)
        if known is None:
            known = OptionValue(context.catalogue.next_number(), str(entry.get("name")))
            _add_value(context, operation, product, position, known)
        chosen[position] = known.id
    return chosen


def _known(product: Product, position: int, entry: Input) -> OptionValue | None:
    identifier = entry.get("id")
    number = identifier_number(identifier or "", "ProductOptionValue")
    for value in product.options[position].values:
        if value.id == number or (identifier is None and value.name == entry.get("name")):
            return value
    return None


def _add_value(
    context: RequestContext, operation: str, product: Product, position: int, value: OptionValue
) -> None:
    product_id = gid("Product", product.id)
    options = read_field(context.catalogue, product_id, "options")
    options[position]["values"].append({"id": value.id, "name": value.name})
    context.write(operation, product_id, "options", options)
