"""The shapes in which the API answers about products, categories and stock."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from connectors.stores.adobe_commerce.answers import (
    Amount,
    CountedPage,
    Part,
    absent_as_empty,
    absent_as_zero,
    listed,
)


class CustomAttribute(Part):
    """An attribute that is no field of its own."""

    attribute_code: str
    value: Any = None


class _WithAttributes(Part):
    custom_attributes: Annotated[list[CustomAttribute], BeforeValidator(listed)] = Field(
        default_factory=list
    )

    def attribute(self, code: str) -> str | None:
        """Return the text of an attribute, or None where it has no value."""
        found = (each.value for each in self.custom_attributes if each.attribute_code == code)
        value = next(found, None)
        return None if value is None else str(value)


class CategoryLink(Part):
    """A product's place in a category."""

    category_id: Annotated[str, BeforeValidator(str)]
    position: Annotated[int, BeforeValidator(absent_as_zero)] = 0


class _ProductExtension(Part):
    configurable_product_links: Annotated[list[int], BeforeValidator(listed)] = Field(
        default_factory=list
    )
    category_links: Annotated[list[CategoryLink], BeforeValidator(listed)] = Field(
        default_factory=list
    )


class ProductItem(_WithAttributes):
    """A product of a search, with its attributes where they were asked for."""

    id: int
    sku: str = Field(min_length=1)
    name: str = ""
    type_id: str
    extension_attributes: Annotated[_ProductExtension, BeforeValidator(absent_as_empty)] = Field(
        default_factory=_ProductExtension
    )


class ProductPage(Part):
    """Products of a search."""

    items: Annotated[list[ProductItem], BeforeValidator(listed)]


class StoredProduct(_WithAttributes):
    """A product as one scope holds it."""

    sku: str
    name: str | None = None
    status: Literal[1, 2]
    visibility: Literal[1, 2, 3, 4]


class ViewedProduct(StoredProduct):
    """A product as a search in a store view shows it."""

    id: int


class ViewedPage(Part):
    """Products of a search in a store view."""

    items: Annotated[list[ViewedProduct], BeforeValidator(listed)]


class CategoryItem(_WithAttributes):
    """A category of a search."""

    id: int
    name: str = ""


class CategoryPage(Part):
    """Categories of a search."""

    items: Annotated[list[CategoryItem], BeforeValidator(listed)]


class AttributeOption(Part):
    """One of the values that an attribute may have."""

    label: Annotated[str, BeforeValidator(str)] = ""
    value: Annotated[str, BeforeValidator(str)] = ""


class AttributeAnswer(Part):
    """An attribute of products; without options it holds text."""

    frontend_input: str | None = None
    options: Annotated[list[AttributeOption], BeforeValidator(listed)] = Field(default_factory=list)


class SourceItem(Part):
    """What one source has of one product; `status` is 1 where it is in stock."""

    sku: str
    source_code: str
    quantity: Amount
    status: int


class Source(Part):
    """A place where stock is kept."""

    source_code: str
    name: str = ""


PRODUCTS = TypeAdapter(ProductPage)
VIEWED_PRODUCTS = TypeAdapter(ViewedPage)
STORED_PRODUCT = TypeAdapter(StoredProduct)
CATEGORIES = TypeAdapter(CategoryPage)
ATTRIBUTE = TypeAdapter(AttributeAnswer)
SOURCE_ITEMS = TypeAdapter(CountedPage[SourceItem])
SOURCES = TypeAdapter(CountedPage[Source])
