"""Reads the catalogue: products with their variants, by category, brand, id, or all of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from connectors.stores.bigcommerce.answers import (
    BrandPage,
    Category,
    CategoryPage,
    ProductNode,
    ProductPage,
    VariantNode,
)
from connectors.stores.bigcommerce.capabilities import NO_TAGS
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.listing import LARGEST_PAGE, Listing
from connectors.stores.bigcommerce.prices import shown
from connectors.stores.bigcommerce.product_fields import names_of, status_of, texts_of
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.store_currency import StoreCurrency
from connectors.stores.bigcommerce.value_reading import PRODUCTS
from steward.catalog import (
    ByCollection,
    ByIds,
    ByTag,
    ByVendor,
    CatalogDetail,
    EveryProduct,
    Product,
    Selection,
    Snapshot,
    Variant,
)
from steward.changes import FieldName, ResourceKind
from steward.errors import InvalidInput, UnsupportedOperation

_CATEGORIES = "v3/catalog/categories"
_BRANDS = "v3/catalog/brands"
_TOLD_APART_BY = ("name", "sku", "brand_id")
# What a product without options is called in lists of variants.
_ONLY_ONE = "Default Title"


class CatalogReader:
    """Reads selections completely, although the catalogue may move while it is being paged.

    Products come in the order of their ids, each page beginning behind the last id of the one
    before, so that nothing is skipped or doubled where products come and go. In each product the
    product's own prices come first, then the variants that have a price of their own. A variant
    with a sale price of its own, but no price, inherits and is left out.
    """

    def __init__(self, api: RestApi, currency: StoreCurrency) -> None:
        """Take the store's API, and what knows the store's currency."""
        self._api = api
        self._currency = currency
        self._listing = Listing(api)

    async def read(
        self, selection: Selection, detail: CatalogDetail, *, taken_at: datetime
    ) -> Snapshot:
        """Return the selected products; none for a category or brand that is not there.

        Of their texts and their status those are read that `detail` asks for.

        Raises `UnsupportedOperation` for a tag, which the platform does not know, and
        `InvalidInput` for an id that is no number or a category's name that several have.
        """
        names = _names(detail)
        nodes = await self._nodes(selection, {"include": "variants", "include_fields": names})
        self._listing.check_whole(nodes, names.split(","))
        currency = await self._currency.code(self._api)
        brands = await self._brand_names(node.brand_id for node in nodes)
        return Snapshot(
            store=self._api.store,
            currency=currency,
            selection=selection,
            taken_at=taken_at,
            products=tuple(
                _product(node, brands.get(node.brand_id or 0, ""), currency, detail.fields)
                for node in nodes
            ),
        )

    async def _nodes(
        self, selection: Selection, fields: Mapping[str, str]
    ) -> Sequence[ProductNode]:
        match selection:
            case ByIds(ids=ids):
                found = await self._listing.by_ids(
                    PRODUCTS, ProductPage, map(number_of, ids), fields
                )
                return _each_once(found)
            case ByCollection(collection=name):
                category = await self._category(name)
                if category is None:
                    return []
                return await self._follow({**fields, "categories:in": str(category.id)})
            case ByVendor(vendor=name):
                return await self._products_of_brands(await self._brands_called(name), fields)
            case ByTag():
                raise UnsupportedOperation(NO_TAGS.reason, remedy=NO_TAGS.remedy)
            case EveryProduct():
                return await self._follow(fields)
            case _:
                assert_never(selection)

    async def _products_of_brands(
        self, brands: Sequence[int], fields: Mapping[str, str]
    ) -> Sequence[ProductNode]:
        found: dict[int, ProductNode] = {}
        for brand in brands:
            nodes = await self._follow({**fields, "brand_id": str(brand)})
            found |= {node.id: node for node in nodes}
        return [found[number] for number in sorted(found)]

    async def _follow(self, chosen: Mapping[str, str]) -> Sequence[ProductNode]:
        nodes: list[ProductNode] = []
        last = 0
        while True:
            parameters = {
                **chosen,
                "sort": "id",
                "direction": "asc",
                "limit": str(LARGEST_PAGE),
                "id:greater": str(last),
            }
            page = await self._api.read(PRODUCTS, ProductPage, parameters)
            nodes.extend(page.data)
            if page.is_last:
                return nodes
            last = self._listing.next_id([node.id for node in page.data], last)

    async def _category(self, name: str) -> Category | None:
        """Return the one category of this path, else of this name, else of this last path part."""
        pages = await self._listing.numbered(
            _CATEGORIES, CategoryPage, {"include_fields": "name,custom_url"}
        )
        categories = {category.id: category for page in pages for category in page.data}
        wanted = _folded_path(name)
        found: list[Category] = []
        for told_by in (_path, _name, _last_part):
            found = found or [one for one in categories.values() if told_by(one) == wanted]
        if len(found) > 1:
            paths = ", ".join(sorted(f"/{_path(category)}/" for category in found))
            raise InvalidInput(
                f"Store '{self._api.store}' has {len(found)} categories called '{name}'.",
                remedy=f"Name one by its path: {paths}.",
            )
        return found[0] if found else None

    async def _brands_called(self, name: str) -> Sequence[int]:
        """Return the brands of this name; the filter finds too many, and heeds no case."""
        pages = await self._listing.numbered(_BRANDS, BrandPage, {"name:like": name})
        wanted = name.casefold()
        return [one.id for page in pages for one in page.data if one.name.casefold() == wanted]

    async def _brand_names(self, brands: Iterable[int | None]) -> Mapping[int, str]:
        wanted = {brand for brand in brands if brand}
        pages = await self._listing.by_ids(_BRANDS, BrandPage, wanted, {})
        return {brand.id: brand.name for page in pages for brand in page.data}


def _path(category: Category) -> str:
    return "" if category.custom_url is None else _folded_path(category.custom_url.url)


def _name(category: Category) -> str:
    return _folded_path(category.name)


def _last_part(category: Category) -> str:
    return _path(category).rpartition("/")[2]


def _folded_path(text: str) -> str:
    return text.strip().strip("/").casefold()


def _each_once(pages: Iterable[ProductPage]) -> Sequence[ProductNode]:
    found = {node.id: node for page in pages for node in page.data}
    return [found[number] for number in sorted(found)]


def _names(detail: CatalogDetail) -> str:
    names = dict.fromkeys((*_TOLD_APART_BY, *names_of(detail.fields)))
    return ",".join(names)


def _product(node: ProductNode, brand: str, currency: str, fields: frozenset[FieldName]) -> Product:
    own = {variant.id: variant for variant in node.variants}
    rows = [
        _row(node, ResourceKind.PRODUCT, _ONLY_ONE, currency),
        *(_row(one, ResourceKind.VARIANT, _title(one), currency) for one in own.values()),
    ]
    return Product(
        id=str(node.id),
        title=node.name,
        vendor=brand,
        tags=(),
        variants=tuple(row for row in rows if row is not None),
        texts=texts_of(node, fields),
        status=status_of(node) if FieldName.STATUS in fields else None,
    )


def _title(variant: VariantNode) -> str:
    return " / ".join(value.label for value in variant.option_values) or "base variant"


def _row(
    node: ProductNode | VariantNode, kind: ResourceKind, title: str, currency: str
) -> Variant | None:
    """Return a resource with prices of its own, or None where it inherits them."""
    prices = shown(node, currency)
    if prices is None:
        return None
    return Variant(
        resource_kind=kind,
        id=str(node.id),
        title=title,
        sku=node.sku or None,
        price=prices.price,
        compare_at_price=prices.compare_at_price,
    )
