"""`steward diff` and the figures of a run, for fields other than prices, on real widths."""

import re
from collections.abc import Sequence

import pytest
from rich.cells import cell_len

from steward.changes import Change, ChangeSet, FieldName, Outcome, ResourceKind, Target
from steward.values import ABSENT, PRESENT, Listing, ListingStatus, Quantity, Text, Value
from tests.starter.fakes import RUN_ID, Office, Run, a_run, changes_of_prices, record

STYLES = re.compile(r"\x1b\[[0-9;]*m")
ON_A_TERMINAL = ""
LONG = "A shirt of linen, woven and sewn in Portugal, that gets softer with each wash. "


def changes_of(field: FieldName, values: Sequence[tuple[Value, Value]], **more: str) -> Run:
    """Return a run that waits with such changes, one a product."""
    changes = tuple(
        Change(
            target=Target(
                resource_kind=ResourceKind.PRODUCT,
                resource_id=f"p{number}",
                field=field,
                key=more.get("key", ""),
            ),
            product_id=f"p{number}",
            label=f"Linen Shirt No. {number}",
            before=before,
            after=after,
            key_label=more.get("key_label", ""),
        )
        for number, (before, after) in enumerate(values)
    )
    return Run([record(digest=ChangeSet(store="demo", changes=changes).digest)], changes=changes)


def lines(office: Office, *arguments: str, width: int = 80) -> list[str]:
    """Return what a terminal shows, line by line."""
    told = office.steward(*arguments, answers=ON_A_TERMINAL, width=width).out
    return [line.rstrip() for line in STYLES.sub("", told).splitlines()]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_texts_have_lines_of_their_own(office: Office, width: int) -> None:
    """What was and what will be stand below each other, and all that differs can be read."""
    office.add(
        changes_of(
            FieldName.DESCRIPTION,
            [
                (Text(text=f"<p>{LONG}</p>"), Text(text=f"<p>{LONG}Machine wash, at 30°.</p>")),
                (ABSENT, Text(text="Linen [red]shirts[/red]")),
            ],
        )
    )
    told = lines(office, "diff", RUN_ID, width=width)
    assert max(map(cell_len, told)) <= width
    assert told[0].split() == ["product", "field", "outcome"]
    assert " ".join(told[1].split()) == "Linen Shirt No. 0 description (applied)"
    whole = " ".join(line.strip() for line in told)
    assert "+ <p>A shirt of linen, woven" in whole
    assert "softer with each wash. Machine wash, at 30°.</p>" in whole
    assert [line.strip() for line in told[-2:]] == ["- (none)", "+ Linen [red]shirts[/red]"]


def test_a_change_at_the_end_of_a_long_text_is_seen(office: Office) -> None:
    """Of two long texts that begin alike, the part is shown in which they differ."""
    before, after = Text(text=f"{LONG * 9}old"), Text(text=f"{LONG * 9}new")
    office.add(changes_of(FieldName.DESCRIPTION, [(before, after)]))
    told = " ".join(lines(office, "diff", RUN_ID))
    assert "old" in told
    assert "new" in told
    (row,) = office.steward("diff", RUN_ID).out.splitlines()[1:]
    assert [cell[-3:] for cell in row.split("\t")[2:4]] == ["old", "new"]


def test_columns_are_as_wide_as_they_need(office: Office) -> None:
    """Narrow values leave the room to the products' names, and empty columns are left out."""
    active, draft = (Listing(status=ListingStatus(name)) for name in ("active", "draft"))
    office.add(changes_of(FieldName.STATUS, [(active, draft)] * 2))
    told = lines(office, "diff", RUN_ID)
    assert told[0].split() == ["product", "field", "before", "after", "outcome"]
    assert told[1].split() == [
        *["Linen", "Shirt", "No.", "0", "status", "active", "draft", "(applied)"]
    ]


def test_stock_names_the_location_and_leaves_room_for_names(office: Office) -> None:
    """The location is told in each line and in the figures, and products can be told apart."""
    office.add(
        changes_of(
            FieldName.INVENTORY_QUANTITY,
            [(Quantity(units=5), Quantity(units=25))] * 2,
            key="loc-1",
            key_label="The very large warehouse in the north of the country",
        )
    )
    told = lines(office, "diff", RUN_ID)
    assert all(line.startswith(f"Linen Shirt No. {n}") for n, line in enumerate(told[1:3]))
    assert all(re.search(r"stock at .*….* 5 +25 +\+20 \(applied\)$", line) for line in told[1:3])
    shown = office.steward("show", RUN_ID).out
    assert "Changes: 2 on 2 products, 2 variants\nFields: stock\n" in shown
    assert "Stock: 40 units added at The very large warehouse in the north of the country" in shown


def test_long_names_of_tags_give_way_to_products(office: Office) -> None:
    """A tag's name is cut before a product's name is."""
    office.add(changes_of(FieldName.TAG, [(ABSENT, PRESENT)], key="a tag that " * 6))
    told = lines(office, "diff", RUN_ID)
    assert told[1].startswith("Linen Shirt No. 0 ")
    assert "…" in told[1]


def test_amounts_are_never_cut(office: Office) -> None:
    """However wide amounts are, and on whichever page they come, they are whole."""
    run = office.add(a_run(201))
    run.changes = (*run.changes[:-1], *changes_of_prices(1, after="123456789012.34"))
    told = lines(office, "diff", RUN_ID, "--all")
    assert any("123456789012.34 USD" in line for line in told)


def test_reasons_have_a_column_where_there_are_any(office: Office) -> None:
    """A wide terminal tells reasons in the table, and a narrow one below it."""
    run = office.add(a_run(3))
    assert lines(office, "diff", RUN_ID, width=120)[0].split()[-1] == "outcome"
    run.outcomes[1] = Outcome.REFUSED
    run.reasons[1] = "Price is invalid [INVALID]"
    wide = lines(office, "diff", RUN_ID, width=120)
    assert wide[0].split()[-1] == "reason"
    assert wide[2].endswith("refused   Price is invalid [INVALID]")
    assert lines(office, "diff", RUN_ID)[-1] == "1 x Price is invalid [INVALID]"


def test_figures_of_texts_speak_of_texts(office: Office) -> None:
    """A run that changes no price says which fields it changes, and names no price or variant."""
    office.add(changes_of(FieldName.SEO_TITLE, [(ABSENT, Text(text="Linen"))] * 2))
    shown = office.steward("show", RUN_ID).out
    assert "Changes: 2 on 2 products\nFields: SEO title\nCost: " in shown
    assert "Prices" not in shown
    assert "move" not in shown
