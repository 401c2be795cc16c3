"""What the operations make of a product's tags and categories."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from steward.catalog import Category, Product, Snapshot
from steward.errors import InvalidInput
from steward.operations import ChangeCategories, ChangeTags, Operation

ItemT = TypeVar("ItemT", str, Category)


def changed_tags(product: Product, operations: tuple[Operation, ...]) -> Iterator[tuple[str, bool]]:
    """Yield each tag that goes (False) or comes (True), in the order of their names.

    Tags are equal without regard to case. One that goes is spelt as the product has it, so that an
    undo brings back that spelling; one that comes is spelt as it was asked for.
    """
    before = {tag.casefold(): tag for tag in product.tags}
    after = dict(before)
    for operation in operations:
        if isinstance(operation, ChangeTags):
            for tag in operation.remove:
                after.pop(tag.casefold(), None)
            after = {tag.casefold(): tag for tag in operation.add} | after
    yield from _differences(before, after)


def changed_categories(
    product: Product, operations: tuple[Operation, ...], snapshot: Snapshot
) -> Iterator[tuple[Category, bool]]:
    """Yield each category that the product leaves (False) or enters (True).

    Raises `InvalidInput` for one that the store does not have.
    """
    before = {category.id: category for category in product.categories}
    after = dict(before)
    for operation in operations:
        if isinstance(operation, ChangeCategories):
            for name in operation.remove:
                after.pop(_found(name, snapshot).id, None)
            added = [_found(name, snapshot) for name in operation.add]
            after = {category.id: category for category in added} | after
    yield from _differences(before, after)


def _found(name: str, snapshot: Snapshot) -> Category:
    if name not in snapshot.categories:
        raise InvalidInput(
            f"Store '{snapshot.store}' has no category '{name}'.",
            remedy="Check its name in the shop's own administration; a collection is named by its "
            "handle, the last part of its address.",
        )
    return snapshot.categories[name]


def _differences(
    before: Mapping[str, ItemT], after: Mapping[str, ItemT]
) -> Iterator[tuple[ItemT, bool]]:
    for name in sorted(before.keys() ^ after.keys()):
        yield (after[name], True) if name in after else (before[name], False)
