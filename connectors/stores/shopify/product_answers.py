"""The shapes in which Shopify answers about products by id, and the values they hold."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.stores.shopify.answers import Part, without_placeholders
from steward.catalog import TextField
from steward.changes import FieldName, Target
from steward.values import ABSENT, PRESENT, Absent, Listing, ListingStatus, Text, Value

PLATFORM_STATUS: Mapping[ListingStatus, str] = {
    ListingStatus.ACTIVE: "ACTIVE",
    ListingStatus.DRAFT: "DRAFT",
    ListingStatus.HIDDEN: "UNLISTED",
    ListingStatus.ARCHIVED: "ARCHIVED",
}
_STATUSES = {name: status for status, name in PLATFORM_STATUS.items()}


def _known_status(name: object) -> object:
    if name not in _STATUSES:
        raise ValueError("a status that Steward knows")
    return name


class _Seo(Part):
    title: str | None
    description: str | None


class ProductValuesNode(Part):
    """A product's texts, status and tags."""

    id: str
    title: str
    description_html: str | None = Field(alias="descriptionHtml", default=None)
    platform_status: Annotated[str, BeforeValidator(_known_status)] = Field(alias="status")
    tags: list[str]
    seo: _Seo

    @property
    def texts(self) -> Mapping[TextField, Text | Absent]:
        """The texts that were read; an SEO text that follows the product's own is absent."""
        read: dict[TextField, Text | Absent] = {
            FieldName.TITLE: Text(text=self.title),
            FieldName.SEO_TITLE: _own_text(self.seo.title),
            FieldName.SEO_DESCRIPTION: _own_text(self.seo.description),
        }
        if self.description_html is not None:
            read[FieldName.DESCRIPTION] = Text(text=self.description_html)
        return read

    @property
    def listing(self) -> Listing:
        """Whether customers can find and buy the product."""
        return Listing(status=_STATUSES[self.platform_status])

    def value(self, target: Target) -> Value:
        """Return what one of the product's own fields holds; case makes no difference in tags."""
        if target.field is FieldName.TAG:
            present = target.key.casefold() in {tag.casefold() for tag in self.tags}
            return PRESENT if present else ABSENT
        values: Mapping[FieldName, Value] = dict(self.texts.items())
        return self.listing if target.field is FieldName.STATUS else values[target.field]


class ProductValuesAnswer(Part):
    """Answers ProductValues."""

    nodes: Annotated[list[ProductValuesNode], BeforeValidator(without_placeholders)]


def _own_text(text: str | None) -> Text | Absent:
    """Return the text; the platform shows the product's own for an empty one as for none."""
    return Text(text=text) if text else ABSENT
