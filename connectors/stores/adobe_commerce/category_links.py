"""Reads and writes which products are in which categories, and at which place."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pydantic import TypeAdapter

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.answers import Refusal
from connectors.stores.adobe_commerce.category_requests import enters, link_of
from connectors.stores.adobe_commerce.messages import quoted
from connectors.stores.adobe_commerce.product_answers import PRODUCTS, ProductItem
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import listed, search
from connectors.stores.adobe_commerce.stored_products import quoted_sku
from steward.changes import Change
from steward.execution import Accepted, Answer, Rejected, WriteRequest

_FIELDS = "items[id,sku,type_id,extension_attributes[category_links]],total_count"
_DONE = TypeAdapter(bool)


class CategoryLinks:
    """Reads a product's categories by its SKU; a write shows at once."""

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api

    async def read(self, skus: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Return each product's places by the id of the category; one that is gone is left out."""
        answers = await in_parallel(
            search(
                self._api,
                "products",
                PRODUCTS,
                lambda page: page.items,
                groups=(group,),
                fields=_FIELDS,
            )
            for group in listed("sku", skus)
        )
        return {item.sku: places_of(item) for answer in answers for item in answer}


def places_of(item: ProductItem) -> Mapping[str, int]:
    """Return the places of a product by the id of the category."""
    links = item.extension_attributes.category_links
    return {link.category_id: link.position for link in links}


class CategoryLinkWriter:
    """Puts products into categories and takes them out, one after the other."""

    def __init__(self, api: RestApi, links: CategoryLinks) -> None:
        """Take the store's API, and how links are read."""
        self._api = api
        self._links = links

    async def write(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change when it is there.

        Raises `AnswerLost` where it is not known what became of a change.
        """
        refusals = [await self._write_one(change) for change in request.changes]
        refused = [
            change.target.resource_id
            for change, refusal in zip(request.changes, refusals, strict=True)
            if refusal is not None
        ]
        held = await self._links.read(list(dict.fromkeys(refused))) if refused else {}
        return tuple(
            _answer(change, refusal, held)
            for change, refusal in zip(request.changes, refusals, strict=True)
        )

    async def _write_one(self, change: Change) -> Refusal | None:
        endpoint = f"categories/{quote(change.target.key, safe='')}/products"
        if enters(change):
            answer = await self._api.change("POST", endpoint, link_of(change).encode(), _DONE)
        else:
            leaving = f"{endpoint}/{quoted_sku(change.target.resource_id)}"
            answer = await self._api.change("DELETE", leaving, None, _DONE)
        return answer if isinstance(answer, Refusal) else None


def _answer(
    change: Change, refusal: Refusal | None, held: Mapping[str, Mapping[str, int]]
) -> Answer:
    """Return the answer; what is refused because it is so already is no refusal."""
    if refusal is None:
        return Accepted()
    places = held.get(change.target.resource_id)
    if places is None:
        return Rejected(code="NO_SUCH_PRODUCT", reason="the product no longer exists")
    if (change.target.key in places) == enters(change):
        return Accepted()
    return Rejected(code="CATEGORY_REFUSED", reason=quoted(refusal.text))
