"""Gathers changes into what goes out together."""

from collections.abc import Iterator, Mapping, Sequence

from steward.changes import Change, Target


def by_product(changes: Sequence[Change]) -> Mapping[str, list[Change]]:
    """Return the changes of each product by its SKU."""
    products: dict[str, list[Change]] = {}
    for change in changes:
        products.setdefault(change.target.resource_id, []).append(change)
    return products


def passes(changes: Sequence[Change]) -> Iterator[list[list[Change]]]:
    """Gather the changes by product; what is written a second time comes in a further pass."""
    rest = list(changes)
    while rest:
        products: dict[str, dict[Target, Change]] = {}
        later: list[Change] = []
        for change in rest:
            fields = products.setdefault(change.target.resource_id, {})
            if change.target in fields:
                later.append(change)
            else:
                fields[change.target] = change
        yield [list(fields.values()) for fields in products.values()]
        rest = later


def in_parts(products: Sequence[list[Change]], size: int) -> Iterator[list[list[Change]]]:
    """Return so many products at a time."""
    for start in range(0, len(products), size):
        yield list(products[start : start + size])
