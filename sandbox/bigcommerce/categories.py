"""The operations on categories, their products, brands, and the store's own description."""

from collections.abc import Mapping
from typing import Any

from sandbox.bigcommerce.answers import Answer, data, not_found, nothing, refusal
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.documents import category_document, tree_category_document
from sandbox.bigcommerce.fields import PRODUCT_FIELDS
from sandbox.bigcommerce.filters import Filter, flags, numbers, words
from sandbox.bigcommerce.identifiers import product_name
from sandbox.bigcommerce.queries import Collection, field_shape, numbers_in
from sandbox.bigcommerce.records import Brand

_NO_FILTER = "At least one filter is needed to delete category assignments"


def get_categories(context: RequestContext, call: Call) -> Answer:
    """List the categories."""
    categories = list(context.catalogue.categories.values())
    return _CATEGORIES.answer(call, categories, category_document, field_shape(call))


def get_category(context: RequestContext, call: Call) -> Answer:
    """Return one category."""
    category = context.catalogue.categories.get(call.number("category_id"))
    if category is None:
        raise not_found(f"A category was not found with an id of {call.path['category_id']}")
    return data(field_shape(call)(category_document(category)))


def get_tree_categories(context: RequestContext, call: Call) -> Answer:
    """List the categories of the default tree."""
    categories = list(context.catalogue.categories.values())
    return _TREE_CATEGORIES.answer(call, categories, tree_category_document)


def get_brands(context: RequestContext, call: Call) -> Answer:
    """List the brands."""
    return _BRANDS.answer(call, list(context.catalogue.brands.values()), _brand_document)


def get_assignments(context: RequestContext, call: Call) -> Answer:
    """List which product is in which category."""
    products = numbers_in(call, "product_id:in")
    categories = numbers_in(call, "category_id:in")
    pairs = _pairs(context.catalogue, products, categories)
    return Collection({}).answer(
        call, pairs, lambda pair: {"product_id": pair[0], "category_id": pair[1]}
    )


def put_assignments(context: RequestContext, call: Call) -> Answer:
    """Put products into categories; nothing is saved where one of the pairs cannot be."""
    catalogue = context.catalogue
    problems: dict[str, str] = {}
    wanted: dict[int, list[int]] = {}
    for position, item in enumerate(call.body):
        pair = item if isinstance(item, dict) else {}
        product, category = pair.get("product_id"), pair.get("category_id")
        if not isinstance(product, int) or product not in catalogue.products:
            problems[f"{position}.product_id"] = "is no product of this store"
        elif not isinstance(category, int) or category not in catalogue.categories:
            problems[f"{position}.category_id"] = "is no category of this store"
        else:
            held = wanted.setdefault(product, catalogue.products[product].value("categories"))
            if category not in held:
                wanted[product] = sorted([*held, category])
    most = PRODUCT_FIELDS["categories"].maximum or 0
    for product, held in wanted.items():
        if len(held) > most:
            problems[f"{product}"] = f"cannot be in more than {most:g} categories"
    if problems:
        raise refusal(422, "Some assignments are not valid", problems)
    for product, held in wanted.items():
        context.write(product_name(product), "categories", held)
    return nothing()


def delete_assignments(context: RequestContext, call: Call) -> Answer:
    """Take products out of categories; a filter must say which."""
    products = numbers_in(call, "product_id:in")
    categories = numbers_in(call, "category_id:in")
    if products is None and categories is None:
        raise refusal(422, _NO_FILTER)
    removed: dict[int, set[int]] = {}
    for product, category in _pairs(context.catalogue, products, categories):
        removed.setdefault(product, set()).add(category)
    for product, gone in removed.items():
        held = context.catalogue.products[product].value("categories")
        kept = [category for category in held if category not in gone]
        context.write(product_name(product), "categories", kept)
    return nothing()


def assignment_targets(_: Catalogue, call: Call) -> list[Target]:
    """Return what a request on assignments wants to write: one category of a product each."""
    return [
        Target(product_name(item["product_id"]), {"categories": item.get("category_id")})
        for item in (call.body if isinstance(call.body, list) else ())
        if isinstance(item, dict) and isinstance(item.get("product_id"), int)
    ]


def deleted_assignments(_: Catalogue, call: Call) -> list[Target]:
    """Return the products whose categories a deletion names."""
    parts = call.query.get("product_id:in", "").split(",")
    return [
        Target(product_name(part), {"categories": call.query.get("category_id:in")})
        for part in parts
        if part.isdigit()
    ]


def _pairs(
    catalogue: Catalogue, products: list[int] | None, categories: list[int] | None
) -> list[tuple[int, int]]:
    chosen = catalogue.products if products is None else sorted(set(products))
    return [
        (number, category)
        for number in chosen
        if number in catalogue.products
        for category in catalogue.products[number].value("categories")
        if categories is None or category in categories
    ]


def _brand_document(brand: Brand) -> dict[str, Any]:
    slug = "-".join("".join(c if c.isalnum() else " " for c in brand.name.lower()).split())
    return {
        "id": brand.id,
        "name": brand.name,
        "page_title": "",
        "meta_keywords": [],
        "meta_description": "",
        "image_url": "",
        "search_keywords": "",
        "custom_url": {"url": f"/brands/{slug}/", "is_customized": False},
    }


def _part_of(field: str) -> dict[str, Filter]:
    return {
        f"{field}:like": Filter(
            lambda document: document[field].casefold(),
            str.casefold,
            lambda value, wanted: wanted in value,
        )
    }


_COMMON: Mapping[str, Filter] = {
    **words("name"),
    **_part_of("name"),
    **numbers("parent_id", "in", "min", "max", "greater", "less"),
    **flags("is_visible"),
    **words("page_title"),
    **_part_of("page_title"),
}
_CATEGORIES = Collection(
    {**numbers("id", "in", "not_in", "min", "max", "greater", "less"), **_COMMON},
    sorts=("id", "name", "parent_id", "sort_order"),
)
_TREE_CATEGORIES = Collection(
    {**numbers("category_id", "in", "not_in"), **numbers("tree_id", "in"), **_COMMON},
    sorts=("category_id", "name"),
)
_BRANDS = Collection({**numbers("id", "in"), **words("name"), **_part_of("name")}, ("id", "name"))
