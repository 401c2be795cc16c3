"""What the documents cost at most in points, as Shopify reckons before it admits a call.

Derived from recorded calls: a connection costs two points plus, for each of its elements and what
hangs on them, a factor that grows with the logarithm of the page; an object, and likewise a whole
list of objects, costs one point plus what hangs on it; scalars, amounts of money, page information
and the objects right in a mutation's answer cost nothing.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

# A call above this is refused for good.
MOST_POINTS_A_CALL = 1000
LARGEST_PAGE = 250
LARGEST_INPUT = 250

# Beyond 100 variants a product is read on by itself: a page of 250 products then holds no more than
# 25,000 variants, and that rarely.
VARIANTS_BESIDE_PRODUCT = 100
COLLECTIONS_BESIDE_PRODUCT = 100
LEVELS_BESIDE_VARIANT = 20
# Five run at once at most; the search for those may show some that have ended since.
RUNNING_OPERATIONS = 25
_FIRST_LOOKS = 4
_LINES_BETWEEN_LOOKS = 50

_CONNECTION = 2
_OBJECT = 1
_MUTATION = 10
# A collection's rules, which tell a smart one from one whose products are chosen.
_RULES = _OBJECT
# The location of a stock level, and the list of its quantities.
_LEVEL = 2 * _OBJECT


def connection(first: int, children: int = 0) -> int:
    """Return the cost of a page of `first` elements, each with children of that cost."""
    factor = math.floor(2 * math.log(max(2, min(first, LARGEST_PAGE))))
    return _CONNECTION + factor * (1 + children)


def search_products(first: int) -> int:
    """Return the cost of a page of products of a search."""
    return _OBJECT + connection(first, connection(VARIANTS_BESIDE_PRODUCT))


def collection_products(first: int) -> int:
    """Return the cost of a page of a collection's products."""
    return _OBJECT + search_products(first)


def products_by_id() -> int:
    """Return the cost of products read by id; their number does not count."""
    return _OBJECT + _OBJECT + connection(VARIANTS_BESIDE_PRODUCT)


def product_variants(first: int) -> int:
    """Return the cost of a further page of one product's variants."""
    return _OBJECT + connection(first)


def variant_prices() -> int:
    """Return the cost of prices read by variant id; their number does not count."""
    return _OBJECT + _OBJECT


def product_values() -> int:
    """Return the cost of texts, status and tags read by product id."""
    return _OBJECT + _OBJECT


def collection_by_handle() -> int:
    """Return the cost of looking a collection up."""
    return _OBJECT + _RULES


def collections_by_product() -> int:
    """Return the cost of the collections of products read by id; their number does not count."""
    return _OBJECT + connection(COLLECTIONS_BESIDE_PRODUCT, _RULES)


def product_collections(first: int) -> int:
    """Return the cost of a further page of one product's collections."""
    return _OBJECT + connection(first, _RULES)


def collection_members() -> int:
    """Return the cost of finding out which products are in a collection; their number is free."""
    return _OBJECT


def job_state() -> int:
    """Return the cost of asking whether a job is done."""
    return _OBJECT


def stock_by_variant() -> int:
    """Return the cost of stock read by variant id; the number of variants does not count."""
    return _OBJECT + _OBJECT + connection(LEVELS_BESIDE_VARIANT, _LEVEL)


def unit_costs() -> int:
    """Return the cost of unit costs read by variant id; the number of variants does not count."""
    return _OBJECT + _OBJECT


def inventory_levels(first: int) -> int:
    """Return the cost of a further page of one item's stock."""
    return _OBJECT + connection(first, _LEVEL)


def stock_at_location() -> int:
    """Return the cost of stock read by item id, at one location; the number of items is free."""
    return _OBJECT + _LEVEL


def set_stock() -> int:
    """Return the cost of setting up to 250 quantities."""
    return _MUTATION


def running_bulk_operations() -> int:
    """Return the cost of looking for operations that run."""
    return connection(RUNNING_OPERATIONS)


def stage_upload() -> int:
    """Return the cost of asking where a file may be uploaded to."""
    return _MUTATION + _OBJECT


def begin_in_bulk() -> int:
    """Return the cost of beginning an operation, however many lines it has."""
    return _MUTATION


def bulk_operation_state() -> int:
    """Return the cost of looking how far an operation is."""
    return _OBJECT


def cancel_in_bulk() -> int:
    """Return the cost of cancelling an operation."""
    return _MUTATION


def run_in_bulk(lines: int) -> Sequence[int]:
    """Return about what each call costs that an operation takes: lines are free, looking is not."""
    looks = _FIRST_LOOKS + lines // _LINES_BETWEEN_LOOKS if lines else 0
    return [stage_upload(), begin_in_bulk(), *[bulk_operation_state()] * looks]


def change_tags() -> int:
    """Return the cost of adding or removing tags of one product, however many."""
    return _MUTATION


def change_members() -> int:
    """Return the cost of a job that changes a collection, for up to 250 products."""
    return _MUTATION


def update_product() -> int:
    """Return the cost of writing a product's own fields, however many."""
    return _MUTATION


def update_variant_prices(variants: int) -> int:
    """Return the cost of writing to so many variants of one product: a fifth of a point each.

    Source: Shopify's developer changelog of October 2025, on dynamic complexity; that halves are
    rounded up is seen in recorded calls.
    """
    return _MUTATION + (2 * variants + 5) // 10


def largest_page(cost: Callable[[int], int], capacity: float) -> int:
    """Return the largest page that costs at most half of what a call, and the bucket, bear."""
    bearable = min(MOST_POINTS_A_CALL, capacity) / 2
    return next((first for first in range(LARGEST_PAGE, 1, -1) if cost(first) <= bearable), 1)


def in_inputs(ids: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yield the ids in lists as long as the platform takes."""
    rest = iter(ids)
    while some := list(islice(rest, LARGEST_INPUT)):
        yield some
