"""Reading products: one or a page of them, filtered, ordered, with sub-resources."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.bigcommerce.answers import Answer, data, invalid, not_found
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext
from sandbox.bigcommerce.documents import (
    image_documents,
    option_documents,
    product_document,
    variant_document,
)
from sandbox.bigcommerce.fields import PRODUCT_FIELDS
from sandbox.bigcommerce.filters import (
    Document,
    Filter,
    amounts,
    equal,
    flags,
    moments,
    numbers,
    words,
)
from sandbox.bigcommerce.queries import Collection, field_shape, listed, numbers_in
from sandbox.bigcommerce.records import Product

_MOST_WITH_OPTIONS = 10
_DERIVED = ("calculated_price", "option_set_id", "option_set_display", "date_created")
_KNOWN_FIELDS = frozenset({*PRODUCT_FIELDS, *_DERIVED, "date_modified", "base_variant_id"}) - {
    "gift_wrapping_options_type",
    "gift_wrapping_options_list",
    "sort_order",
}
_NOTHING_THERE = (
    "bulk_pricing_rules", "custom_fields", "modifiers", "parent_relations", "reviews", "videos",
)  # fmt: skip
_CHANNELS = [1]


def get_products(context: RequestContext, call: Call) -> Answer:
    """List products."""
    catalogue = context.catalogue
    finish = finisher(catalogue, call)
    most = _MOST_WITH_OPTIONS if listed(call, "include") & {"options", "modifiers"} else 250
    collection = replace(_COLLECTION, filters=_filters(catalogue), most=most)
    if most == _MOST_WITH_OPTIONS:
        call = replace(call, query={**call.query, "limit": _at_most(call, most)})
    return collection.answer(
        call, _candidates(catalogue, call), lambda one: product_document(catalogue, one), finish
    )


def get_product(context: RequestContext, call: Call) -> Answer:
    """Return one product."""
    product = product_of(context.catalogue, call.number("product_id"))
    finish = finisher(context.catalogue, call)
    return data(finish(product_document(context.catalogue, product)))


def chosen_products(context: RequestContext, call: Call) -> list[int]:
    """Return the identifiers of the products that a query's filters choose, at most 250.

    Raises:
        RefusalError: the query has no filter, or one that cannot be read.
    """
    catalogue = context.catalogue
    filters = _filters(catalogue)
    query = {name: text for name, text in call.query.items() if name in filters}
    if not query:
        raise invalid({"filter": "is required to choose products"})
    answer = replace(_COLLECTION, filters=filters).answer(
        replace(call, query={**query, "limit": "250"}),
        _candidates(catalogue, call),
        lambda product: product_document(catalogue, product),
    )
    return [document["id"] for document in answer.content["data"]]


def product_of(catalogue: Catalogue, number: int) -> Product:
    """Return a product by its number.

    Raises:
        RefusalError: there is none.
    """
    product = catalogue.products.get(number)
    if product is None:
        raise not_found(f"A product was not found with an id of {number}")
    return product


def finisher(catalogue: Catalogue, call: Call) -> Callable[[Document], Document]:
    """Return what adds the sub-resources and leaves out the fields that a query does not want."""
    included = listed(call, "include")
    unknown = included - {
        "variants", "images", "primary_image", "options", "channels", *_NOTHING_THERE,
    }  # fmt: skip
    if unknown:
        raise invalid({"include": f"has no {', '.join(sorted(unknown))}"})
    shape = field_shape(call, _KNOWN_FIELDS)

    def finish(document: Document) -> Document:
        product = catalogue.products[document["id"]]
        found = shape(document)
        for name in sorted(included):
            found = {**found, **_sub_resource(catalogue, product, name)}
        return found

    return finish


def _sub_resource(catalogue: Catalogue, product: Product, name: str) -> Document:
    match name:
        case "variants":
            variants = catalogue.variants_of(product)
            return {name: [variant_document(catalogue, variant) for variant in variants]}
        case "images":
            return {name: image_documents(product)}
        case "primary_image":
            return {name: next(iter(image_documents(product)), {})}
        case "options":
            return {name: option_documents(product)}
        case "channels":
            return {name: list(_CHANNELS)}
        case _:
            return {name: []}


def _candidates(catalogue: Catalogue, call: Call) -> list[Product]:
    """Return the products that a query can choose, without looking at each where it names them."""
    named = numbers_in(call, "id:in")
    if named is None:
        return list(catalogue.products.values())
    found = (catalogue.products.get(number) for number in sorted(set(named)))
    return [product for product in found if product is not None]


def _at_most(call: Call, most: int) -> str:
    text = call.query.get("limit", str(most))
    return str(most) if text.isdigit() and len(text) < 12 and int(text) > most else text  # noqa: PLR2004


def _contains(catalogue: Catalogue) -> Callable[[Any, Any], bool]:
    def test(document: Any, keywords: Any) -> bool:  # noqa: ANN401 - any JSON value
        brand = catalogue.brands.get(document["brand_id"])
        texts = [document["name"], document["description"], document["sku"]]
        text = " ".join([*texts, brand.name if brand else ""]).casefold()
        return all(keyword in text for keyword in keywords)

    return test


def _categories(document: Document) -> Any:  # noqa: ANN401 - any JSON value
    return set(document["categories"])


def _filters(catalogue: Catalogue) -> dict[str, Filter]:
    return {
        **_FILTERS,
        "keyword": Filter(
            lambda document: document,
            lambda text: text.casefold().split(),
            _contains(catalogue),
        ),
    }


_FILTERS: Mapping[str, Filter] = {
    **numbers("id", "in", "not_in", "min", "max", "greater", "less"),
    **words("name"),
    **words("sku", "in"),
    **words("mpn"),
    **words("upc"),
    **words("condition"),
    **words("availability"),
    **words("type"),
    **amounts("price"),
    **amounts("weight"),
    **numbers("brand_id"),
    **flags("is_visible"),
    **flags("is_featured"),
    **flags("is_free_shipping"),
    **numbers("inventory_level", "in", "not_in", "min", "max", "greater", "less"),
    **numbers("total_sold"),
    **moments("date_modified"),
    # A product in more than one category is found by `categories:in` only, which wants them all.
    "categories": Filter(_categories, int, lambda held, wanted: held == {wanted}),
    "categories:in": Filter(_categories, int, lambda held, wanted: wanted <= held, several=True),
    "out_of_stock": Filter(
        lambda document: (
            document["inventory_tracking"] != "none" and not document["inventory_level"]
        ),
        lambda text: text == "1",
        lambda out, wanted: out or not wanted,
    ),
    "channel_id:in": Filter(
        lambda _: set(_CHANNELS), int, lambda held, wanted: bool(held & wanted), several=True
    ),
    **equal("date_modified", str),
}
_COLLECTION = Collection(
    _FILTERS,
    sorts=(
        "id", "name", "sku", "price", "date_modified", "date_last_imported", "inventory_level",
        "is_visible", "total_sold", "calculated_price",
    ),
)  # fmt: skip
