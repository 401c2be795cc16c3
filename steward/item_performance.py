"""How a store's products sell, by a report that knows them only by what the shop's pages say.

An analytics property knows items by an id that the shop chose: a SKU, a product's or a variant's
number, or a feed's id made of both. Items are joined to products by these alone, whole and letter
by letter. What fits no product, or fits several, is reported and never guessed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from steward.analytics import Caveat, Report
from steward.catalog import Product, Snapshot
from steward.errors import InvalidInput
from steward.model import Frozen

ADDITIVE_METRICS = frozenset(
    {
        "itemsViewed",
        "itemsAddedToCart",
        "itemsCheckedOut",
        "itemsPurchased",
        "itemRevenue",
        "grossItemRevenue",
        "itemDiscountAmount",
        "itemRefundAmount",
        "itemsViewedInList",
        "itemsClickedInList",
        "itemsViewedInPromotion",
        "itemsClickedInPromotion",
    }
)
"""The metrics of items whose rows may be added up: no rates, and no users, who come twice."""

_ITEM_ID, _ITEM_NAME = "itemId", "itemName"
_NO_ID = frozenset({"", "(not set)", "(other)"})
_SHOPIFY_ID = re.compile(r"gid://shopify/[A-Za-z]+/([0-9]+)")
_FEED_ID = re.compile(r"shopify_[A-Z]{2}_([0-9]+)_([0-9]+)")


class ItemKey(StrEnum):
    """What an item's id may be."""

    PRODUCT_ID = "product_id"
    VARIANT_ID = "variant_id"
    SKU = "sku"
    FEED_ID = "feed_id"
    """The id under which Shopify offers a variant to Google: `shopify_COUNTRY_PRODUCT_VARIANT`."""


class Mismatch(StrEnum):
    """Why an item belongs to no product."""

    UNKNOWN = "unknown"
    """No product of the catalogue has this id; it may be gone, or have been left out."""
    AMBIGUOUS = "ambiguous"
    """Several products have this id, such as two with the same SKU."""
    NO_ID = "no_id"
    """The property was told no id, or has lumped items together."""


class ProductPerformance(Frozen):
    """The figures of one product, in the order of the report's metrics, and its items' ids."""

    product_id: str
    title: str
    item_ids: tuple[str, ...]
    figures: tuple[Decimal, ...]
    provisional: bool


class UnmatchedItem(Frozen):
    """The figures of an item that belongs to no product, and the names it was seen under."""

    item_id: str
    names: tuple[str, ...]
    figures: tuple[Decimal, ...]
    mismatch: Mismatch


class ItemPerformance(Frozen):
    """A report's figures by product; every figure is under a product or among the unmatched.

    `products` are those with figures, in the order of the catalogue; `without_figures` are the ids
    of the others: nothing happened to them where `absent_is_zero`, else the report may have left
    them out. `currency` is that of the amounts, which need not be the store's.
    """

    metrics: tuple[str, ...]
    currency: str
    caveats: frozenset[Caveat]
    products: tuple[ProductPerformance, ...]
    without_figures: tuple[str, ...]
    unmatched: tuple[UnmatchedItem, ...]
    absent_is_zero: bool

    @property
    def judgeable(self) -> bool:
        """Whether an effect may be judged by these figures."""
        return not self.caveats


def performance_by_product(
    report: Report, catalogue: Snapshot, keys: Iterable[ItemKey] = ItemKey
) -> ItemPerformance:
    """Return a report's figures by the catalogue's products.

    Only ids of the kinds in `keys` are looked at; name one where numbers of different kinds cross.
    Rows that differ in other dimensions, such as days, are added up. Raises `InvalidInput` for a
    report that does not tell items apart, or has a metric that cannot be added up.
    """
    _check(report)
    wanted = frozenset(keys)
    index = _index(catalogue.products, wanted)
    matched: dict[str, list[_Item]] = {}
    unmatched = []
    for item in _items(report):
        products = {
            product_id
            for key in _keys_of_item(item.item_id, wanted)
            for product_id in index.get(key, ())
        }
        if len(products) == 1:
            matched.setdefault(products.pop(), []).append(item)
        else:
            unmatched.append(item.unmatched(several=bool(products)))
    return ItemPerformance(
        metrics=report.request.metrics,
        currency=report.currency,
        caveats=report.caveats,
        products=tuple(
            _performance(product, matched[product.id])
            for product in catalogue.products
            if product.id in matched
        ),
        without_figures=tuple(
            product.id for product in catalogue.products if product.id not in matched
        ),
        unmatched=tuple(unmatched),
        absent_is_zero=_tells_everything(report),
    )


@dataclass(slots=True)
class _Item:
    """All rows of one item."""

    item_id: str
    figures: tuple[Decimal, ...]
    names: dict[str, None] = field(default_factory=dict)
    provisional: bool = False

    def add(self, figures: Sequence[Decimal], *, provisional: bool) -> None:
        self.figures = _sum(self.figures, figures)
        self.provisional |= provisional

    def unmatched(self, *, several: bool) -> UnmatchedItem:
        mismatch = Mismatch.AMBIGUOUS if several else Mismatch.UNKNOWN
        return UnmatchedItem(
            item_id=self.item_id,
            names=tuple(self.names),
            figures=self.figures,
            mismatch=Mismatch.NO_ID if self.item_id in _NO_ID else mismatch,
        )


def _check(report: Report) -> None:
    request = report.request
    if _ITEM_ID not in request.dimensions:
        raise InvalidInput(
            "The report does not tell items apart.", remedy=f"Ask for the dimension {_ITEM_ID}."
        )
    others = sorted(set(request.metrics) - ADDITIVE_METRICS)
    if others:
        raise InvalidInput(
            f"The rows of {', '.join(others)} cannot be added up by product.",
            remedy=f"Ask for metrics among {', '.join(sorted(ADDITIVE_METRICS))}.",
        )


def _items(report: Report) -> Iterable[_Item]:
    """Return the items in the order of their first rows."""
    request = report.request
    id_place = request.dimensions.index(_ITEM_ID)
    name_place = request.dimensions.index(_ITEM_NAME) if _ITEM_NAME in request.dimensions else None
    items: dict[str, _Item] = {}
    for row in report.rows:
        item_id = row.dimensions[id_place]
        nothing = (Decimal(0),) * len(request.metrics)
        item = items.setdefault(item_id, _Item(item_id, nothing))
        item.add(row.metrics, provisional=row.provisional)
        if name_place is not None:
            item.names[row.dimensions[name_place]] = None
    return items.values()


def _index(
    products: Sequence[Product], wanted: frozenset[ItemKey]
) -> Mapping[tuple[str, ...], set[str]]:
    """Return the ids of the products by every key under which an item may name them."""
    index: dict[tuple[str, ...], set[str]] = {}
    for product in products:
        for key in _keys_of_product(product, wanted):
            index.setdefault(key, set()).add(product.id)
    return index


def _keys_of_product(product: Product, wanted: frozenset[ItemKey]) -> Iterator[tuple[str, ...]]:
    number = _number(product.id)
    if ItemKey.PRODUCT_ID in wanted:
        yield from ((product.id,), (number,))
    for variant in product.variants:
        if ItemKey.VARIANT_ID in wanted:
            yield from ((variant.id,), (_number(variant.id),))
        if ItemKey.SKU in wanted and variant.sku:
            yield (variant.sku,)
        if ItemKey.FEED_ID in wanted:
            yield number, _number(variant.id)


def _keys_of_item(item_id: str, wanted: frozenset[ItemKey]) -> Iterator[tuple[str, ...]]:
    if item_id in _NO_ID:
        return
    yield (item_id,)
    feed = _FEED_ID.fullmatch(item_id)
    if feed is not None and ItemKey.FEED_ID in wanted:
        yield feed.groups()


def _number(platform_id: str) -> str:
    """Return the number at the end of an id of Shopify's; any other id as it is."""
    found = _SHOPIFY_ID.fullmatch(platform_id)
    return platform_id if found is None else found.group(1)


def _performance(product: Product, items: Sequence[_Item]) -> ProductPerformance:
    figures = items[0].figures
    for item in items[1:]:
        figures = _sum(figures, item.figures)
    return ProductPerformance(
        product_id=product.id,
        title=product.title,
        item_ids=tuple(item.item_id for item in items),
        figures=figures,
        provisional=any(item.provisional for item in items),
    )


def _sum(one: Sequence[Decimal], other: Sequence[Decimal]) -> tuple[Decimal, ...]:
    return tuple(left + right for left, right in zip(one, other, strict=True))


def _tells_everything(report: Report) -> bool:
    told_so_far = report.caveats <= {Caveat.PROVISIONAL}
    narrowed = report.request.filters or report.row_count > len(report.rows)
    return told_so_far and not narrowed
