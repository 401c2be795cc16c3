"""Which categories a product is in: one membership at a time, or with the product itself."""

from collections.abc import Mapping
from typing import Any

from sandbox.adobe_commerce.attributes import CATEGORY_IDS, integer
from sandbox.adobe_commerce.catalogue import category_field
from sandbox.adobe_commerce.context import Call, text_of
from sandbox.adobe_commerce.problems import ApiError, no_such_entity, no_such_product, required
from sandbox.adobe_commerce.product_content import links_of
from sandbox.adobe_commerce.records import Product


def categories_wanted(
    call: Call, product: Product | None, values: dict[str, Any], extension: Mapping[str, Any]
) -> dict[int, int] | None:
    """Return all categories that a saved product shall be in, or None if the request does not say.

    `category_ids` is the whole list. `category_links` joins those that the product has, or that
    `category_ids` names, and changes positions; only an empty one takes the product out of all.
    """
    held: dict[int, int] = {} if product is None else product.category_links
    sent = values.pop(CATEGORY_IDS, None)
    if sent is not None:
        if not isinstance(sent, list):
            sent = [item for item in str(sent).split(",") if item]
        named = links_of(call.catalogue, [{"category_id": item} for item in sent])
        held = {number: held.get(number, place) for number, place in named.items()}
    if "category_links" in extension:
        links: dict[int, int] = extension["category_links"]
        return {**held, **links} if links else {}
    return None if sent is None else held


def assign(call: Call, product: Product, categories: Mapping[int, int]) -> None:
    """Make these the product's only categories."""
    for number in sorted(set(product.category_links) - set(categories)):
        call.write(product.sku, category_field(number), None)
    for number, place in categories.items():
        if product.category_links.get(number) != place:
            call.write(product.sku, category_field(number), place)


def assign_product(call: Call) -> bool:
    """Answer `POST` and `PUT categories/{categoryId}/products`."""
    link = call.part("productLink")
    sku = text_of("sku", link.get("sku"))
    if not sku:
        raise required("sku")
    number = integer("category_id", call.path.get("categoryId") or link.get("category_id") or 0)
    if number not in call.catalogue.categories:
        raise no_such_entity("id", number)
    product = call.catalogue.find(sku)
    if product is None:
        raise no_such_product()
    position = integer("position", link.get("position") or 0)
    call.write(product.sku, category_field(number), position)
    return True


def unassign_product(call: Call) -> bool:
    """Answer `DELETE categories/{categoryId}/products/{sku}`."""
    number = integer("categoryId", call.path["categoryId"])
    if number not in call.catalogue.categories:
        raise no_such_entity("id", number)
    product = call.catalogue.find(call.path["sku"])
    if product is None:
        raise no_such_product()
    if number not in product.category_links:
        raise ApiError(400, "The category doesn't contain the specified product.")
    call.write(product.sku, category_field(number), None)
    return True
