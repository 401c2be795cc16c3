"""A store's price lists, by the names that people use."""

from collections.abc import Iterable, Mapping

from connectors.stores.bigcommerce.listing import Listing
from connectors.stores.bigcommerce.price_list_answers import PriceListPage
from connectors.stores.bigcommerce.rest_api import RestApi
from steward.catalog import PriceList
from steward.errors import InvalidInput

_RESOURCE = "v3/pricelists"


async def price_lists_called(api: RestApi, names: Iterable[str]) -> Mapping[str, PriceList]:
    """Return the price lists with these ids or else names, by what was asked for.

    One that is not there is left out. Raises `InvalidInput` where several have a name.
    """
    wanted = tuple(names)
    if not wanted:
        return {}
    pages = await Listing(api).numbered(_RESOURCE, PriceListPage, {})
    known = {node.id: node for page in pages for node in page.data}.values()
    lists = [PriceList(id=str(node.id), name=node.name) for node in known]
    found = {name: _called(api.store, name, lists) for name in wanted}
    return {name: one for name, one in found.items() if one is not None}


def _called(store: str, name: str, lists: Iterable[PriceList]) -> PriceList | None:
    lists = tuple(lists)
    found = [one for one in lists if one.id == name]
    found = found or [one for one in lists if one.name.casefold() == name.casefold()]
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise InvalidInput(
            f"Store '{store}' has {len(found)} price lists called '{name}'.",
            remedy=f"Name one by its id: {ids}.",
        )
    return found[0] if found else None
