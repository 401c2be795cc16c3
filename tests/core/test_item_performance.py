"""Figures of items by product: nothing is lost, nothing is counted twice, nothing is guessed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analytics import (
    AnalyticsProperty,
    Caveat,
    DimensionIs,
    Period,
    Report,
    ReportRequest,
    ReportRow,
)
from steward.catalog import EveryProduct, Product, Snapshot, Variant
from steward.errors import InvalidInput
from steward.item_performance import ItemKey, Mismatch, performance_by_product
from tests.core.strategies import NOON, usd

METRICS = ("itemsViewed", "itemRevenue")
DAYS = Period(first=date(2026, 7, 1), last=date(2026, 7, 3))

# A product is described by its number, and its variants by number and SKU.
Described = tuple[int, list[tuple[int, str]]]
SKUS = st.sampled_from(["", "A-1", "A-2", "7", "11"])
DESCRIBED: st.SearchStrategy[list[Described]] = st.lists(
    st.tuples(st.integers(1, 9), st.lists(st.tuples(st.integers(10, 19), SKUS), max_size=3)),
    max_size=4,
    unique_by=lambda product: product[0],
).map(lambda products: [(number, _unique(variants)) for number, variants in products])
NAMES_OF_ITEMS = st.sampled_from(
    ["A-1", "A-2", "7", "11", "3", "shopify_US_3_11", "shopify_DE_7_12", "", "(not set)", "(other)"]
) | st.text(max_size=3)


def _unique(variants: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return list({number: (number, sku) for number, sku in variants}.values())


def shop(*products: Described) -> Snapshot:
    """Return a catalogue with ids as Shopify writes them."""
    return Snapshot(
        store="demo",
        currency="USD",
        selection=EveryProduct(),
        taken_at=NOON,
        products=tuple(
            Product(
                id=f"gid://shopify/Product/{number}",
                title=f"Product {number}",
                vendor="Acme",
                tags=(),
                variants=tuple(
                    Variant(
                        # A variant's number is its own, whichever product it belongs to.
                        id=f"gid://shopify/ProductVariant/{variant}{number}",
                        title="One size",
                        sku=sku or None,
                        price=usd(1),
                        compare_at_price=None,
                    )
                    for variant, sku in variants
                ),
            )
            for number, variants in products
        ),
    )


def report(
    *rows: tuple[str, int, str],
    dimensions: tuple[str, ...] = ("itemId",),
    **changes: Any,  # noqa: ANN401 - any field of a report
) -> Report:
    """Return a report of items with their views and revenue."""
    told: dict[str, object] = {
        "source": AnalyticsProperty(name="acme", number="1"),
        "request": ReportRequest(dimensions=dimensions, metrics=METRICS, period=DAYS),
        "rows": tuple(
            ReportRow(
                dimensions=tuple(key.split("|")) if len(dimensions) > 1 else (key,),
                metrics=(Decimal(views), Decimal(revenue)),
                provisional=False,
            )
            for key, views, revenue in rows
        ),
        "row_count": len(rows),
        "currency": "USD",
        "time_zone": "UTC",
        "read_at": NOON,
        "settled_until": DAYS.last,
    }
    return Report.model_validate(told | changes)


ROWS = st.lists(
    st.tuples(
        NAMES_OF_ITEMS, st.integers(0, 999), st.integers(-999, 99_999).map(lambda n: f"{n / 100}")
    ),
    max_size=8,
)
KEYS = st.sets(st.sampled_from(ItemKey), min_size=1)


@given(products=DESCRIBED, rows=ROWS, keys=KEYS)
def test_every_figure_is_somewhere_once(
    products: list[Described], rows: list[tuple[str, int, str]], keys: set[ItemKey]
) -> None:
    """The figures of products and of unmatched items add up to those of the report."""
    found = performance_by_product(report(*rows), shop(*products), keys)
    parts = [each.figures for each in found.products] + [each.figures for each in found.unmatched]
    for place in range(len(METRICS)):
        whole = sum(Decimal((views, revenue)[place]) for _, views, revenue in rows)
        assert sum(part[place] for part in parts) == whole
    items = [item for each in found.products for item in each.item_ids]
    items += [each.item_id for each in found.unmatched]
    assert sorted(items) == sorted({item for item, _, _ in rows})


@given(products=DESCRIBED, rows=ROWS, keys=KEYS)
def test_every_product_is_told_once(
    products: list[Described], rows: list[tuple[str, int, str]], keys: set[ItemKey]
) -> None:
    """With its figures, or among those that have none; in the catalogue's order."""
    catalogue = shop(*products)
    found = performance_by_product(report(*rows), catalogue, keys)
    order = [product.id for product in catalogue.products]
    told = [each.product_id for each in found.products]
    assert told == [each for each in order if each in told]
    assert sorted([*told, *found.without_figures]) == sorted(order)


@given(products=DESCRIBED, rows=ROWS, keys=KEYS, data=st.data())
def test_the_order_of_rows_and_products_says_nothing(
    products: list[Described],
    rows: list[tuple[str, int, str]],
    keys: set[ItemKey],
    data: st.DataObject,
) -> None:
    """The same items belong to the same products with the same figures."""
    shuffled = data.draw(st.permutations(rows)), data.draw(st.permutations(products))
    one = performance_by_product(report(*rows), shop(*products), keys)
    other = performance_by_product(report(*shuffled[0]), shop(*shuffled[1]), keys)
    assert {each.product_id: (each.figures, set(each.item_ids)) for each in one.products} == {
        each.product_id: (each.figures, set(each.item_ids)) for each in other.products
    }
    assert {each.item_id: (each.figures, each.mismatch) for each in one.unmatched} == {
        each.item_id: (each.figures, each.mismatch) for each in other.unmatched
    }


@given(products=DESCRIBED, rows=ROWS, keys=KEYS, further=st.integers(100, 200))
def test_a_further_product_takes_nothing_from_others_silently(
    products: list[Described], rows: list[tuple[str, int, str]], keys: set[ItemKey], further: int
) -> None:
    """It may make an item ambiguous, and never moves one from one product to another."""
    before = performance_by_product(report(*rows), shop(*products), keys)
    after = performance_by_product(
        report(*rows), shop(*products, (further, [(11, "A-1"), (12, "7")])), keys
    )
    owner = {item: each.product_id for each in before.products for item in each.item_ids}
    for each in after.products:
        for item in each.item_ids:
            assert owner.get(item, each.product_id) == each.product_id


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ("7", ItemKey.PRODUCT_ID),
        ("gid://shopify/Product/7", ItemKey.PRODUCT_ID),
        ("117", ItemKey.VARIANT_ID),
        ("gid://shopify/ProductVariant/117", ItemKey.VARIANT_ID),
        ("SHI-1", ItemKey.SKU),
        ("shopify_US_7_117", ItemKey.FEED_ID),
    ],
)
def test_each_kind_of_id_leads_to_its_product(item: str, key: ItemKey) -> None:
    """Among all kinds and alone; and not where another kind alone is looked at."""
    catalogue = shop((7, [(11, "SHI-1")]), (8, [(11, "SHI-2")]))
    figures = report((item, 3, "4.50"))
    for keys in (tuple(ItemKey), (key,)):
        (found,) = performance_by_product(figures, catalogue, keys).products
        assert found.product_id == "gid://shopify/Product/7"
        assert found.figures == (Decimal(3), Decimal("4.50"))
    others = set(ItemKey) - {key}
    assert performance_by_product(figures, catalogue, others).products == ()


@pytest.mark.parametrize(
    ("item", "mismatch"),
    [
        ("shi-1", Mismatch.UNKNOWN),
        ("SHI-1 ", Mismatch.UNKNOWN),
        ("SHI", Mismatch.UNKNOWN),
        ("Product 7", Mismatch.UNKNOWN),
        ("shopify_US_7_118", Mismatch.UNKNOWN),
        ("shopify_us_7_117", Mismatch.UNKNOWN),
        ("SAME", Mismatch.AMBIGUOUS),
        ("(not set)", Mismatch.NO_ID),
        ("(other)", Mismatch.NO_ID),
        ("", Mismatch.NO_ID),
    ],
)
def test_what_is_nearly_an_id_is_not_guessed(item: str, mismatch: Mismatch) -> None:
    """Another case, a space, a name, a variant of another product, or a SKU that comes twice."""
    catalogue = shop((7, [(11, "SHI-1"), (12, "SAME")]), (8, [(11, "SAME")]))
    found = performance_by_product(report((item, 3, "4.50")), catalogue)
    assert found.products == ()
    (left,) = found.unmatched
    assert (left.item_id, left.mismatch, left.figures) == (
        item,
        mismatch,
        (Decimal(3), Decimal("4.50")),
    )


def test_numbers_that_cross_are_told_apart_by_naming_the_kind() -> None:
    """A SKU of digits alone may be another product's number."""
    catalogue = shop((7, []), (8, [(11, "7")]))
    figures = report(("7", 3, "1"))
    assert performance_by_product(figures, catalogue).unmatched[0].mismatch is Mismatch.AMBIGUOUS
    (found,) = performance_by_product(figures, catalogue, [ItemKey.SKU]).products
    assert found.product_id == "gid://shopify/Product/8"


def test_rows_of_other_dimensions_are_added_up() -> None:
    """An item's days and names are one item; a product's variants are one product."""
    dimensions = ("date", "itemId", "itemName")
    rows = [("20260701|A|Tee", 1, "1"), ("20260702|A|T-shirt", 2, "2"), ("20260702|B|Tee", 4, "4")]
    figures = report(*rows, ("20260703|C|Gone", 8, "8"), dimensions=dimensions)
    found = performance_by_product(figures, shop((7, [(11, "A"), (12, "B")])))
    (product,), (unmatched,) = found.products, found.unmatched
    assert (product.item_ids, product.figures) == (("A", "B"), (Decimal(7), Decimal(7)))
    assert (unmatched.names, unmatched.figures) == (("Gone",), (Decimal(8), Decimal(8)))


@pytest.mark.parametrize(
    ("changes", "certain"),
    [
        ({}, True),
        ({"caveats": {Caveat.PROVISIONAL}}, True),
        ({"caveats": {Caveat.THRESHOLDED}}, False),
        ({"caveats": {Caveat.RESTRICTED}}, False),
        ({"row_count": 2}, False),
        (
            {
                "request": ReportRequest(
                    dimensions=("itemId",),
                    metrics=METRICS,
                    period=DAYS,
                    filters=(DimensionIs(dimension="itemId", values=("A",)),),
                )
            },
            False,
        ),
    ],
)
def test_a_product_without_figures_is_not_taken_for_one_that_sold_nothing(
    changes: dict[str, Any], *, certain: bool
) -> None:
    """Unless the report has every row: thresholds, limits and filters leave some out."""
    found = performance_by_product(
        report(("A", 1, "1"), **changes), shop((7, [(11, "A")]), (8, []))
    )
    assert found.without_figures == ("gid://shopify/Product/8",)
    assert found.absent_is_zero is certain
    assert found.judgeable is (not found.caveats)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ReportRequest(dimensions=("date",), metrics=METRICS, period=DAYS), "tell items apart"),
        (
            ReportRequest(dimensions=("itemId",), metrics=("activeUsers",), period=DAYS),
            "activeUsers cannot be added up",
        ),
    ],
)
def test_a_report_that_cannot_be_joined_is_refused(request_: ReportRequest, words: str) -> None:
    """One without item ids, or with a metric whose rows overlap."""
    with pytest.raises(InvalidInput, match=words):
        performance_by_product(report(request=request_), shop())
