"""The order that a merchant gives the products of a category."""

from collections.abc import Iterable
from typing import Any

from sandbox.bigcommerce.answers import Answer, not_found, refusal
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.fields import SORT_ORDER
from sandbox.bigcommerce.identifiers import product_name
from sandbox.bigcommerce.places import ordered_in
from sandbox.bigcommerce.queries import Collection
from sandbox.bigcommerce.records import Product

_REFUSED = "Some products cannot be ordered in this category"


def get_sort_orders(context: RequestContext, call: Call) -> Answer:
    """List the products of a category: those with an order first, by it, then those without."""
    category = _category(context.catalogue, call)
    products = sorted(_inside(context.catalogue, category), key=lambda one: _rank(one, category))
    return Collection({}).answer(
        call,
        products,
        lambda product: {
            "product_id": product.id,
            "sort_order": product.values.get(ordered_in(category)),
        },
    )


def put_sort_orders(context: RequestContext, call: Call) -> Answer:
    """Order some products of a category; nothing is saved where one of them is not in it."""
    category = _category(context.catalogue, call)
    inside = {product.id for product in _inside(context.catalogue, category)}
    problems: dict[str, str] = {}
    for position, item in enumerate(call.body):
        order = item if isinstance(item, dict) else {}
        if order.get("product_id") not in inside:
            problems[f"{position}.product_id"] = "is no product of this category"
        wrong = SORT_ORDER.problem(order.get("sort_order"))
        if wrong is not None or order.get("sort_order") is None:
            problems[f"{position}.sort_order"] = f"sort_order {wrong or 'is required'}"
    if problems:
        raise refusal(422, _REFUSED, problems)
    for item in call.body:
        context.write(product_name(item["product_id"]), ordered_in(category), item["sort_order"])
    saved = [{name: item[name] for name in ("product_id", "sort_order")} for item in call.body]
    return Answer(saved)


def sort_order_targets(_: Catalogue, call: Call) -> list[Target]:
    """Return what a request wants to write: one product's order each."""
    field = ordered_in(call.number("category_id"))
    return [
        Target(product_name(item["product_id"]), {field: item.get("sort_order")})
        for item in (call.body if isinstance(call.body, list) else ())
        if isinstance(item, dict) and isinstance(item.get("product_id"), int)
    ]


def _category(catalogue: Catalogue, call: Call) -> int:
    number = call.number("category_id")
    if number not in catalogue.categories:
        raise not_found(f"A category was not found with an id of {number}")
    return number


def _inside(catalogue: Catalogue, category: int) -> Iterable[Product]:
    return (one for one in catalogue.products.values() if category in one.value("categories"))


def _rank(product: Product, category: int) -> tuple[bool, Any]:
    order = product.values.get(ordered_in(category))
    return (order is None, 0 if order is None else order)
