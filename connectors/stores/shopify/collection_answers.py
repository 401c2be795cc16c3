"""The shapes in which Shopify answers about collections and the products in them."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.stores.shopify.answers import PageInfo, Part, without_placeholders
from steward.catalog import Category


class _Rules(Part):
    """The rules by which a smart collection chooses its products; their content is not read."""


class CollectionNode(Part):
    """A collection."""

    id: str
    title: str
    rules: _Rules | None = Field(alias="ruleSet")

    @property
    def category(self) -> Category:
        """The collection as agents know it."""
        return Category(id=self.id, name=self.title)


class CollectionPage(Part):
    """Collections of one product."""

    nodes: list[CollectionNode]
    page_info: PageInfo = Field(alias="pageInfo")


class CollectionByHandleAnswer(Part):
    """Answers CollectionByHandle; without a collection of that handle there is none."""

    collection: CollectionNode | None = Field(alias="collectionByIdentifier")


class ProductWithCollections(Part):
    """A product with its first collections."""

    id: str
    collections: CollectionPage


class CollectionsByProductAnswer(Part):
    """Answers CollectionsByProduct."""

    nodes: Annotated[list[ProductWithCollections], BeforeValidator(without_placeholders)]


class _Product(Part):
    collections: CollectionPage


class ProductCollectionsAnswer(Part):
    """Answers ProductCollections; the product may be gone by then."""

    product: _Product | None


class Membership(Part):
    """Whether a product is in the collection that was asked about."""

    id: str
    in_collection: bool = Field(alias="inCollection")


class CollectionMembersAnswer(Part):
    """Answers CollectionMembers."""

    nodes: Annotated[list[Membership], BeforeValidator(without_placeholders)]


class _Job(Part):
    done: bool


class JobAnswer(Part):
    """Answers JobState; a job that is long over may be unknown."""

    job: _Job | None
