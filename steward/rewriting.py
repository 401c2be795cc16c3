"""What the text operations make of a product's texts."""

import html
import re
from collections.abc import Mapping
from typing import assert_never

from steward.catalog import Product, TextField
from steward.change_words import FIELD_TITLES
from steward.changes import FieldName
from steward.errors import InvalidInput
from steward.operations import ReplaceText, SetText, TextOperation
from steward.values import ABSENT, TEXT_LIMIT, Absent, Text

_SEO = {FieldName.SEO_TITLE, FieldName.SEO_DESCRIPTION}


def rewritten(
    operation: TextOperation, product: Product, texts: Mapping[TextField, Text | Absent]
) -> Text | Absent:
    """Return the operation's text; `texts` holds what earlier operations made of them.

    Raises `InvalidInput` where a title would become empty, a text too long, or where the text names
    the vendor of a product that has none.
    """
    before = texts[operation.field]
    current = before.text if isinstance(before, Text) else ""
    match operation:
        case SetText(field=field, text=template):
            is_html = field is FieldName.DESCRIPTION
            after = _filled(template, product, texts, current, is_html=is_html)
        case ReplaceText(find=find, replacement=replacement):
            after = current.replace(find, replacement)
        case _:
            assert_never(operation)
    if after == current and isinstance(before, Text):
        return before
    return _value(operation.field, after, product)


def _filled(
    template: str,
    product: Product,
    texts: Mapping[TextField, Text | Absent],
    current: str,
    *,
    is_html: bool,
) -> str:
    if "{vendor}" in template and not product.vendor.strip():
        raise InvalidInput(
            f"The text names {{vendor}}, and '{product.title}' has none.",
            remedy="Leave it out of the text, or select products that have one.",
        )
    title = texts.get(FieldName.TITLE)
    words = {
        "title": title.text if isinstance(title, Text) else product.title,
        "vendor": product.vendor,
    }
    if is_html:
        words = {name: html.escape(word) for name, word in words.items()}
    words["current"] = current
    return re.sub(r"\{(title|vendor|current)\}", lambda found: words[found[1]], template)


def _value(field: TextField, text: str, product: Product) -> Text | Absent:
    if not text.strip() and field in _SEO:
        return ABSENT
    if not text.strip() and field is FieldName.TITLE:
        raise InvalidInput(
            f"The title of '{product.title}' would become empty.",
            remedy="Leave something of it, or select other products.",
        )
    if len(text) > TEXT_LIMIT:
        raise InvalidInput(
            f"The {FIELD_TITLES[field]} of '{product.title}' would become longer than "
            f"{TEXT_LIMIT:,} characters.",
            remedy="Choose a shorter text.",
        )
    return Text(text=text)
