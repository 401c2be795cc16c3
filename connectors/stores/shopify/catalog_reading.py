"""Reads the catalogue: the selected products, and of each what is asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast, get_args

from pydantic import ValidationError

from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.answers import VariantNode
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.product_answers import ProductValuesNode
from connectors.stores.shopify.product_listing import ListedProduct, ProductLister
from connectors.stores.shopify.product_reading import ProductReader
from steward.catalog import CatalogDetail, Product, Selection, Snapshot, TextField, Variant
from steward.changes import FieldName
from steward.money import Money

_TEXT_FIELDS = cast("tuple[TextField, ...]", get_args(TextField))


class CatalogReader:
    """Lists the selected products, and reads by id what of them is asked for beside prices.

    Read by id it is as it is now, and costs next to nothing: the number of ids does not count. A
    product that goes meanwhile is left out.
    """

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._lister = ProductLister(api)
        self._products = ProductReader(api)
        self._store = api.store
        self._failures = Failures(api.store, writing=False)

    async def read(
        self, selection: Selection, detail: CatalogDetail, *, taken_at: datetime
    ) -> Snapshot:
        """Return the selected products; none for a collection, tag or vendor that is not there."""
        listed = await self._lister.list(selection)
        values = await self._read_values(listed.products, detail)
        try:
            return Snapshot(
                store=self._store,
                currency=listed.currency,
                selection=selection,
                taken_at=taken_at,
                products=tuple(
                    _product(product, values, detail, listed.currency)
                    for product in listed.products
                    if values is None or product.node.id in values
                ),
            )
        except ValidationError:
            fault = f"a price does not fit the store's currency, {listed.currency}"
        raise self._failures.of_answer(fault)

    async def _read_values(
        self, products: Sequence[ListedProduct], detail: CatalogDetail
    ) -> Mapping[str, ProductValuesNode] | None:
        if not detail.fields & {FieldName.STATUS, *_TEXT_FIELDS}:
            return None
        return await self._products.read(
            (product.node.id for product in products),
            with_description=FieldName.DESCRIPTION in detail.fields,
        )


def _product(
    listed: ListedProduct,
    values: Mapping[str, ProductValuesNode] | None,
    detail: CatalogDetail,
    currency: str,
) -> Product:
    node = listed.node
    own = None if values is None else values[node.id]
    return Product(
        id=node.id,
        title=node.title,
        vendor=node.vendor,
        tags=tuple(node.tags),
        variants=tuple(_variant(variant, currency) for variant in listed.variants),
        texts=(
            {}
            if own is None
            else {field: own.texts[field] for field in _TEXT_FIELDS if field in detail.fields}
        ),
        status=own.listing if own is not None and FieldName.STATUS in detail.fields else None,
    )


def _variant(node: VariantNode, currency: str) -> Variant:
    compare_at = node.compare_at_price
    return Variant(
        id=node.id,
        title=node.title,
        sku=node.sku or None,
        price=Money(amount=node.price, currency=currency),
        compare_at_price=(
            None if compare_at is None else Money(amount=compare_at, currency=currency)
        ),
    )
