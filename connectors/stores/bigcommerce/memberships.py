"""Products that enter and leave categories: which requests carry which changes.

Assignments are written one by one: the list of a product's categories, which the platform takes as
well, would undo what somebody else assigned meanwhile.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.sort_orders import place_in
from steward.changes import Change
from steward.execution import WriteRequest
from steward.values import PRESENT, Present

# The platform documents no limit; this is the largest of its batches of single records.
_LARGEST_BATCH = 50
ENTER = "createProductsCategoryAssignments"
LEAVE = "deleteProductsCategoryAssignments"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One product in one category, and the change that is about it."""

    change: Change

    @property
    def product(self) -> int:
        """The product's id."""
        return number_of(self.change.target.resource_id)

    @property
    def category(self) -> int:
        """The category's id."""
        return number_of(self.change.target.key)

    @property
    def place(self) -> int | None:
        """The place that the product shall have in the category again; None for none of its own."""
        after = self.change.after
        return place_in(after.kept) if isinstance(after, Present) else None

    @property
    def item(self) -> Mapping[str, object]:
        """The assignment as the platform takes it."""
        return {"product_id": self.product, "category_id": self.category}


@dataclass(frozen=True, slots=True)
class _ProductChanges:
    entered: tuple[Assignment, ...]
    left: tuple[Assignment, ...]

    @property
    def product(self) -> int:
        return (*self.entered, *self.left)[0].product

    @property
    def categories(self) -> tuple[frozenset[int], frozenset[int]]:
        """What the product enters, and what it leaves."""
        return (
            frozenset(one.category for one in self.entered),
            frozenset(one.category for one in self.left),
        )


def requests_for(changes: Sequence[Change]) -> Iterator[WriteRequest]:
    """Yield requests of at most 50 assignments to make, or of at most 50 products to take out.

    Products are taken out together where they leave the same categories, since the platform takes
    each of the products out of each of the categories. All requests about one product have the same
    `resource`. Raises `InvalidInput` for an id that is no number.
    """
    alike: dict[tuple[frozenset[int], frozenset[int]], list[_ProductChanges]] = {}
    for own in _by_product(changes):
        alike.setdefault(own.categories, []).append(own)
    for products in alike.values():
        most = _LARGEST_BATCH // max(len(products[0].entered), 1) or 1
        for start in range(0, len(products), most):
            yield from _requests(products[start : start + most])


def _by_product(changes: Sequence[Change]) -> Iterator[_ProductChanges]:
    by_product: dict[int, list[Assignment]] = {}
    for change in changes:
        assignment = Assignment(change)
        by_product.setdefault(assignment.product, []).append(assignment)
    for own in by_product.values():
        yield _ProductChanges(
            tuple(one for one in own if one.change.after == PRESENT),
            tuple(one for one in own if one.change.after != PRESENT),
        )


def _requests(products: Sequence[_ProductChanges]) -> Iterator[WriteRequest]:
    resource = f"products/{products[0].product}/categories"
    entered = [one for own in products for one in own.entered]
    for start in range(0, len(entered), _LARGEST_BATCH):
        batch = entered[start : start + _LARGEST_BATCH]
        yield _request(resource, ENTER, batch, [_announced(one) for one in batch])
    if left := [one for own in products for one in own.left]:
        yield _request(resource, LEAVE, left, chosen(left))


def _announced(assignment: Assignment) -> Mapping[str, object]:
    place = assignment.place
    return assignment.item if place is None else {**assignment.item, "sort_order": place}


def _request(
    resource: str, operation: str, batch: Sequence[Assignment], body: object
) -> WriteRequest:
    return WriteRequest(
        resource=resource,
        operation=operation,
        body=json.dumps(body, separators=(",", ":")),
        points=1 + len({one.category for one in batch if one.place is not None}),
        changes=tuple(one.change for one in batch),
    )


def chosen(assignments: Sequence[Assignment]) -> Mapping[str, str]:
    """Return the filters that choose these assignments for deletion.

    They have to be all pairs of their products and categories.
    """
    products = dict.fromkeys(one.product for one in assignments)
    categories = dict.fromkeys(one.category for one in assignments)
    return {
        "product_id:in": ",".join(map(str, products)),
        "category_id:in": ",".join(map(str, categories)),
    }
