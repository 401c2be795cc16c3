"""The platform's text and status fields and Steward's: the same content, in both directions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.bigcommerce.answers import ProductContent
from connectors.stores.bigcommerce.product_fields import (
    TEXT_FIELDS,
    field_to_write,
    names_of,
    own_values,
)
from steward.changes import FieldName
from steward.execution import Rejected
from steward.values import ABSENT, Listing, ListingStatus, Text, Value

TITLE, DESCRIPTION = FieldName.TITLE, FieldName.DESCRIPTION
SEO_TITLE, SEO_DESCRIPTION = FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION
FIELDS = (*TEXT_FIELDS, FieldName.STATUS)

texts = st.text(max_size=40)
contents = st.builds(
    ProductContent,
    id=st.just(1),
    price=st.just(1),
    sale_price=st.just(0),
    name=texts.filter(str.strip),
    description=texts,
    page_title=texts,
    meta_description=texts,
    is_visible=st.booleans(),
)


@given(contents, contents)
def test_every_change_can_be_written_and_undone_to_the_letter(
    before: ProductContent, after: ProductContent
) -> None:
    """From any texts and status to any others, and back; empty texts are empty again."""
    present = before.model_dump()
    for end in (after, before):
        for field, value in own_values(end, FIELDS).items():
            written = field_to_write(field, value)
            assert not isinstance(written, Rejected)
            present |= written
        assert present == end.model_dump()


@pytest.mark.parametrize("kept", ["", None])
def test_an_seo_text_that_is_empty_or_null_is_absent_and_an_empty_description_is_a_text(
    kept: str | None,
) -> None:
    """The shop shows something else in place of the first; nothing stands in for the other."""
    content = ProductContent.model_validate(
        {
            "id": 1,
            "price": 1,
            "name": "Hat",
            "description": kept,
            "page_title": kept,
            "meta_description": kept,
        }
    )
    assert own_values(content, TEXT_FIELDS) == {
        TITLE: Text(text="Hat"),
        DESCRIPTION: Text(text=""),
        SEO_TITLE: ABSENT,
        SEO_DESCRIPTION: ABSENT,
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (TITLE, Text(text="x" * 250), None),
        (TITLE, Text(text="x" * 251), "TEXT_TOO_LONG"),
        (TITLE, Text(text=" \n"), "BLANK_TITLE"),
        (TITLE, ABSENT, "NO_SUCH_VALUE"),
        (DESCRIPTION, Text(text="x" * 70_000), None),
        (DESCRIPTION, Text(text=""), None),
        (DESCRIPTION, ABSENT, "NO_SUCH_VALUE"),
        (SEO_TITLE, Text(text="x" * 255), None),
        (SEO_TITLE, Text(text="x" * 256), "TEXT_TOO_LONG"),
        (SEO_TITLE, Text(text=""), "EMPTY_TEXT"),
        (SEO_DESCRIPTION, Text(text="x" * 65_535), None),
        (SEO_DESCRIPTION, Text(text="x" * 65_536), "TEXT_TOO_LONG"),
        (SEO_DESCRIPTION, ABSENT, None),
        (FieldName.STATUS, Listing(status=ListingStatus.DRAFT), "NO_SUCH_VALUE"),
        (FieldName.STATUS, Listing(status=ListingStatus.HIDDEN), None),
        (FieldName.STATUS, Text(text="hidden"), "NO_SUCH_VALUE"),
    ],
)
def test_what_the_platform_would_refuse_is_known_beforehand(
    field: FieldName, value: Value, code: str | None
) -> None:
    """Its lengths are those of its documents; what would not read back is not written either."""
    written = field_to_write(field, value)
    assert (written.code if isinstance(written, Rejected) else None) == code


def test_only_the_fields_that_are_asked_for_are_named() -> None:
    """Beside the prices, which are cheap."""
    assert names_of([]) == ("price", "sale_price")
    assert names_of([SEO_TITLE, TITLE]) == ("price", "sale_price", "name", "page_title")
