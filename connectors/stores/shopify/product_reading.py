"""Reads texts, status and tags of products by id."""

from collections.abc import Iterable, Mapping

from connectors.parallel import in_parallel
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.product_answers import ProductValuesAnswer, ProductValuesNode


class ProductReader:
    """Reads up to 250 products a call; their number costs nothing."""

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api

    async def read(
        self, ids: Iterable[str], *, with_description: bool
    ) -> Mapping[str, ProductValuesNode]:
        """Return the products by id; one that is gone is left out."""
        answers = await in_parallel(
            self._api.read(
                Document.PRODUCT_VALUES,
                {"ids": some, "withDescription": with_description},
                ProductValuesAnswer,
                points=costs.product_values(),
            )
            for some in costs.in_inputs(dict.fromkeys(ids))
        )
        return {node.id: node for answer in answers for node in answer.nodes}
