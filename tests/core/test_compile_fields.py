"""Operations on stock, texts, tags, categories and status, compiled against a snapshot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.capabilities import Capabilities, Lack
from steward.catalog import (
    ByTag,
    Category,
    EveryProduct,
    Location,
    Product,
    Selection,
    Snapshot,
    StockLevel,
)
from steward.changes import Change, ChangeSet, FieldName, ResourceKind
from steward.compilation import compile_intent
from steward.errors import EmptySelection, InvalidInput, UnsupportedOperation
from steward.intents import Intent
from steward.operations import (
    AdjustStock,
    ChangeCategories,
    ChangeTags,
    Operation,
    ReplaceText,
    SetStatus,
    SetStock,
    SetText,
)
from steward.values import ABSENT, PRESENT, Listing, ListingStatus, Quantity, Text
from tests.core.strategies import NOON

BERLIN, OSLO = Location(id="loc-1", name="Berlin"), Location(id="loc-2", name="Oslo")
SUMMER, WINTER = Category(id="c1", name="Summer"), Category(id="c2", name="Winter")


def level(units: int, location: Location = BERLIN, *, item: str = "i1") -> StockLevel:
    """Return the stock of one item at one location."""
    return StockLevel(
        resource_kind=ResourceKind.INVENTORY_ITEM,
        resource_id=item,
        title="M",
        sku="SHI-M",
        location=location,
        units=units,
    )


SHIRT = Product(
    id="p1",
    title="Shirt <blue> & white",
    vendor="Acme",
    tags=("Sale", "new"),
    variants=(),
    texts={
        FieldName.TITLE: Text(text="Shirt <blue> & white"),
        FieldName.DESCRIPTION: Text(text="<p>Old shirt, old price</p>"),
        FieldName.SEO_TITLE: ABSENT,
        FieldName.SEO_DESCRIPTION: Text(text="Buy it"),
    },
    status=Listing(status=ListingStatus.ACTIVE),
    categories=(SUMMER,),
    stock=(level(5), level(0, item="i2")),
)


def compiled(*operations: Operation, product: Product = SHIRT) -> tuple[Change, ...]:
    """Return what the operations mean for a store with one product."""
    snapshot = Snapshot(
        store="demo",
        currency="USD",
        selection=EveryProduct(),
        taken_at=NOON,
        products=(product,),
        categories={"summer": SUMMER, "winter": WINTER},
    )
    return compile_intent(Intent(selection=EveryProduct(), operations=operations), snapshot).changes


def only(*operations: Operation, product: Product = SHIRT) -> Change:
    """Return the one change that the operations mean."""
    (change,) = compiled(*operations, product=product)
    return change


def test_a_text_is_filled_with_the_products_own_words() -> None:
    """Placeholders stand for the product's own words, which are not read as placeholders again."""
    odd = SHIRT.model_copy(update={"vendor": "{title}"})
    change = only(SetText(field=FieldName.SEO_TITLE, text="{title} by {vendor}"), product=odd)
    assert (change.before, change.after) == (ABSENT, Text(text="Shirt <blue> & white by {title}"))


def test_words_are_escaped_in_a_description_only() -> None:
    """A product's name cannot bring markup into its description; the description itself may."""
    change = only(SetText(field=FieldName.DESCRIPTION, text="{current}<b>{title}</b>"))
    assert change.after == Text(
        text="<p>Old shirt, old price</p><b>Shirt &lt;blue&gt; &amp; white</b>"
    )


def test_words_are_replaced_everywhere_and_exactly() -> None:
    """Each occurrence is replaced, with regard to case, and what does not hold them stays."""
    change = only(ReplaceText(field=FieldName.DESCRIPTION, find="old ", replacement="new "))
    assert change.after == Text(text="<p>Old shirt, new price</p>")
    with pytest.raises(EmptySelection):
        compiled(ReplaceText(field=FieldName.SEO_TITLE, find="old"))


def test_later_operations_see_what_earlier_ones_made() -> None:
    """Operations apply in order, and a text that ends as it began is no change."""
    change = only(
        SetText(field=FieldName.TITLE, text="Blouse"),
        SetText(field=FieldName.TITLE, text="{title} {current}"),
    )
    assert change.after == Text(text="Blouse Blouse")
    with pytest.raises(EmptySelection):
        compiled(
            SetText(field=FieldName.SEO_DESCRIPTION, text="Other"),
            SetText(field=FieldName.SEO_DESCRIPTION, text="Buy it"),
        )


def test_an_emptied_seo_text_is_absent_and_a_description_empty() -> None:
    """An SEO text that is cleared follows the product again; a title cannot be cleared."""
    assert only(SetText(field=FieldName.SEO_DESCRIPTION, text=" ")).after == ABSENT
    assert only(SetText(field=FieldName.DESCRIPTION, text="")).after == Text(text="")
    with pytest.raises(InvalidInput, match="would become empty"):
        compiled(ReplaceText(field=FieldName.TITLE, find="Shirt <blue> & white"))


def test_tags_come_and_go_without_regard_to_case() -> None:
    """A tag that goes keeps the product's spelling; one that is there already does not come."""
    changes = compiled(ChangeTags(add=("NEW", "Hot"), remove=("SALE", "gone")))
    assert [(one.target.key, one.before, one.after) for one in changes] == [
        ("Hot", ABSENT, PRESENT),
        ("Sale", PRESENT, ABSENT),
    ]


@given(
    st.sets(st.sampled_from(["a", "A", "b", "B", "c"]), min_size=1),
    st.sets(st.sampled_from(["d", "D", "e"])),
    st.lists(st.sampled_from(["a", "b", "x"]), unique=True),
)
def test_undoing_tags_brings_back_the_products_own(
    add: set[str], remove: set[str], own: list[str]
) -> None:
    """Applying the changes and then their inverses leaves the product's tags as they were."""
    product = SHIRT.model_copy(update={"tags": tuple(own)})
    try:
        changes = compiled(ChangeTags(add=tuple(add), remove=tuple(remove)), product=product)
    except EmptySelection:
        changes = ()
    change_set = ChangeSet(store="demo", changes=changes)
    tags = set(own)
    for change in (*change_set.changes, *change_set.inverse().changes):
        if change.after == PRESENT:
            tags.add(change.target.key)
        else:
            tags.remove(change.target.key)
    assert tags == set(own)


def test_categories_are_told_by_id_and_shown_by_name() -> None:
    """A category is named as the merchant does, and kept by the platform's id."""
    changes = compiled(
        ChangeCategories(add=("winter", "summer")), ChangeCategories(remove=("summer",))
    )
    assert [(one.target.key, one.key_label, one.after) for one in changes] == [
        ("c1", "Summer", ABSENT),
        ("c2", "Winter", PRESENT),
    ]
    with pytest.raises(InvalidInput, match="has no category 'spring'"):
        compiled(ChangeCategories(add=("spring",)))


def test_a_status_keeps_its_detail_unless_the_product_is_hidden() -> None:
    """How a product is listed survives being a draft, and is forgotten when it is hidden."""
    found_only = Listing(status=ListingStatus.ACTIVE, detail="search")
    product = SHIRT.model_copy(update={"status": found_only})
    draft = only(SetStatus(status=ListingStatus.DRAFT), product=product)
    assert draft.after == Listing(status=ListingStatus.DRAFT, detail="search")
    hidden = only(SetStatus(status=ListingStatus.HIDDEN), product=product)
    assert hidden.after == Listing(status=ListingStatus.HIDDEN)
    assert hidden.inverse().after == found_only


def test_stock_is_set_and_adjusted_but_never_below_zero() -> None:
    """Units are set or added; taking more than there is leaves none, and a debt is not enlarged."""
    changes = compiled(SetStock(units=3), AdjustStock(units=-10), AdjustStock(units=2))
    assert [one.after for one in changes] == [Quantity(units=2), Quantity(units=2)]
    owed = SHIRT.model_copy(update={"stock": (level(-4),)})
    with pytest.raises(EmptySelection):
        compiled(AdjustStock(units=-1), product=owed)
    assert only(AdjustStock(units=6), product=owed).after == Quantity(units=2)


def test_what_a_platform_keeps_beside_a_value_comes_back_with_an_undo() -> None:
    """A place in a category and a status of stock are in the value before, not in the new one."""
    keeping = SHIRT.model_copy(
        update={
            "categories": (SUMMER.model_copy(update={"kept": "position 7"}),),
            "stock": (level(0).model_copy(update={"kept": "in stock"}),),
        }
    )
    left = only(ChangeCategories(remove=("summer",)), product=keeping)
    stocked = only(SetStock(units=5), product=keeping)
    assert [change.inverse().after.model_dump()["kept"] for change in (left, stocked)] == [
        "position 7",
        "in stock",
    ]
    assert stocked.after == Quantity(units=5)
    assert "kept" not in stocked.after.model_dump()


def test_a_note_stands_behind_the_title_and_is_no_part_of_it() -> None:
    """A person reads it beside the change; a text that is filled with the title has none of it."""
    noted = SHIRT.model_copy(update={"title": "Shirt", "texts": {}, "note": "sold out"})
    noted = noted.model_copy(update={"texts": {FieldName.SEO_TITLE: ABSENT}})
    change = only(SetText(field=FieldName.SEO_TITLE, text="Buy {title}"), product=noted)
    assert (change.label, change.after) == ("Shirt (sold out)", Text(text="Buy Shirt"))


def test_a_location_is_named_where_there_are_several() -> None:
    """The only location need not be named; otherwise the message lists those that there are."""
    two = SHIRT.model_copy(update={"stock": (level(5), level(7, OSLO))})
    change = only(SetStock(units=1, location="OSLO"), product=two)
    assert (change.target.key, change.key_label) == ("loc-2", "Oslo")
    assert only(SetStock(units=1, location="loc-1"), product=two).key_label == "Berlin"
    with pytest.raises(InvalidInput, match="2 locations: 'Berlin', 'Oslo'"):
        compiled(SetStock(units=1), product=two)
    with pytest.raises(InvalidInput, match="Name one of: 'Berlin', 'Oslo'"):
        compiled(SetStock(units=1, location="Rome"), product=two)
    untracked = SHIRT.model_copy(update={"stock": ()})
    with pytest.raises(EmptySelection, match="No stock is counted"):
        compiled(SetStock(units=1), product=untracked)


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "change_tags"},
        {"kind": "change_tags", "add": ["a"], "remove": ["A"]},
        {"kind": "change_tags", "add": ["a,b"]},
        {"kind": "change_categories"},
        {"kind": "set_text", "field": "title", "text": " "},
        {"kind": "set_text", "field": "price", "text": "1"},
        {"kind": "replace_text", "field": "title", "find": ""},
        {"kind": "set_stock", "units": -1},
        {"kind": "set_stock", "units": "1.5"},
        {"kind": "set_status", "status": "gone"},
    ],
)
def test_operations_without_meaning_are_refused(content: dict[str, object]) -> None:
    """What cannot be meant is refused when the intent is made, before anything is read."""
    with pytest.raises(ValidationError):
        Intent.model_validate({"selection": {"by": "everything"}, "operations": [content]})


NO_TAGS = Lack(reason="No tags here.", remedy="Use categories.")
POOR = Capabilities(
    fields={FieldName.TAG: NO_TAGS},
    statuses={ListingStatus.DRAFT: Lack(reason="No drafts.", remedy="Hide it.")},
    selections={"tag": NO_TAGS},
)


@pytest.mark.parametrize(
    ("selection", "operation", "reason"),
    [
        (EveryProduct(), ChangeTags(add=("a",)), "No tags here"),
        (EveryProduct(), SetStatus(status=ListingStatus.DRAFT), "No drafts"),
        (ByTag(tag="a"), SetStock(units=1), "No tags here"),
    ],
)
def test_what_a_platform_lacks_is_refused_with_the_reason(
    selection: Selection, operation: Operation, reason: str
) -> None:
    """A field, a status or a selection that is lacking is refused, with what to do instead."""
    with pytest.raises(UnsupportedOperation, match=reason) as refused:
        POOR.require(Intent(selection=selection, operations=(operation,)))
    assert refused.value.remedy


def test_what_a_platform_has_is_let_through() -> None:
    """Other statuses and fields of a platform with lacks can be asked for."""
    POOR.require(
        Intent(
            selection=EveryProduct(),
            operations=(SetStatus(status=ListingStatus.HIDDEN), SetStock(units=1)),
        )
    )


def test_a_vendor_that_is_not_there_is_not_put_into_a_text() -> None:
    """A text that names the vendor is refused for a product that has none, and by its title."""
    nameless = SHIRT.model_copy(update={"vendor": " "})
    operation = SetText(field=FieldName.SEO_TITLE, text="{title} by {vendor}")
    with pytest.raises(InvalidInput, match="'Shirt <blue> & white' has none"):
        compiled(operation, product=nameless)
    assert len(compiled(SetText(field=FieldName.SEO_TITLE, text="{title}"), product=nameless)) == 1


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("M", "Shirt <blue> & white, M (SHI-M)"),
        ("Shirt <blue> & white-M", "Shirt <blue> & white-M (SHI-M)"),
        ("Default Title", "Shirt <blue> & white (SHI-M)"),
    ],
)
def test_a_variant_is_called_by_its_product_once(title: str, label: str) -> None:
    """Where variants have whole names of their own, the product's is not put in front again."""
    one = level(5).model_copy(update={"title": title})
    product = SHIRT.model_copy(update={"stock": (one,)})
    assert only(SetStock(units=6), product=product).label == label
