"""How changes of each kind of field read: in tables, in the Web UI, and in figures."""

from decimal import Decimal

from activities.tables import changes_table
from steward.change_words import shown_field, shown_move, shown_values
from steward.changes import Change, FieldName, Outcome, ResourceKind, Target
from steward.execution import CallEstimate
from steward.impact import measure_impact
from steward.values import ABSENT, PRESENT, Quantity, Text, Value, in_words
from tests.core.strategies import change_of, usd

ESTIMATE = CallEstimate(calls=1, points=1, seconds=Decimal(0))


def own_change(
    field: FieldName, before: Value, after: Value, *, key: str = "", key_label: str = ""
) -> Change:
    """Return a change of a product's own field."""
    return Change(
        target=Target(
            resource_kind=ResourceKind.PRODUCT, resource_id="p1", field=field, key=key
        ),
        product_id="p1",
        label="Shirt",
        before=before,
        after=after,
        key_label=key_label,
    )  # fmt: skip


def stock_change(before: int, after: int, location: str = "North Hub") -> Change:
    """Return a change of stock."""
    return own_change(
        FieldName.INVENTORY_QUANTITY,
        Quantity(units=before),
        Quantity(units=after),
        key="loc-1",
        key_label=location,
    )


def test_stock_names_its_location() -> None:
    """Who approves sees at which location, by its name, and how many units come or go."""
    change = stock_change(5, 1)
    assert shown_field(change) == "stock at North Hub"
    assert shown_move(change) == "-4"


def test_memberships_are_shown_by_name() -> None:
    """A category is shown by its name where the product has it, and as nothing where not."""
    entering = own_change(FieldName.CATEGORY, ABSENT, PRESENT, key="23", key_label="Summer")
    assert shown_values(entering, 60) == ("-", "Summer")
    assert shown_values(entering.inverse(), 60) == ("Summer", "-")
    assert shown_values(own_change(FieldName.TAG, ABSENT, PRESENT, key="new"), 60) == ("-", "new")


def test_texts_are_shown_where_they_differ() -> None:
    """A long text is cut so that its change is seen; an empty one is told from none."""
    same = "word " * 40
    change = own_change(FieldName.DESCRIPTION, Text(text=f"{same}old"), Text(text=f"{same}new"))
    before, after = shown_values(change, 30)
    assert (before[-3:], after[-3:]) == ("old", "new")
    empty = own_change(FieldName.SEO_TITLE, ABSENT, Text(text=" "))
    assert shown_values(empty, 30) == ("-", '""')


def test_the_web_ui_shows_texts_as_they_are() -> None:
    """A table for the Web UI neither breaks at a text nor lets it mark anything up."""
    table = changes_table(
        [own_change(FieldName.TITLE, Text(text="A | *b*"), Text(text="<i>c</i>"))]
    )
    assert table.splitlines()[-1] == r"| Shirt | title | A \| \*b\* | \<i\>c\</i\> |  |"
    assert "| stock at North Hub | 5 | 1 | -4 |" in changes_table([stock_change(5, 1)])


def test_figures_of_stock_name_the_locations() -> None:
    """Units that come and go are summed up, with the places where."""
    changes = [stock_change(5, 1), stock_change(1, 3, "Berlin")]
    impact = measure_impact(changes, [Outcome.APPLIED] * 2, ESTIMATE)
    assert (impact.units_added, impact.units_removed) == (2, 4)
    assert impact.locations == ("Berlin", "North Hub")


def test_only_prices_and_stock_are_of_variants() -> None:
    """A text, tag, category or status is the product's own, and counts no variant."""
    title = own_change(FieldName.TITLE, Text(text="a"), Text(text="b"))
    price = change_of(1, 1, FieldName.PRICE, usd("2"), usd("3"))
    assert measure_impact([title], [Outcome.APPLIED], ESTIMATE).variants == 0
    assert measure_impact([title, price], [Outcome.APPLIED] * 2, ESTIMATE).variants == 1


def test_values_in_sentences() -> None:
    """A text stands in quotes in a sentence, so that it cannot be read as part of it."""
    assert in_words(Text(text="gone now")) == '"gone now"'
    assert in_words(Text(text="")) == '""'
    assert in_words(ABSENT) == "not there"
    assert in_words(usd("2")) == "2.00 USD"
