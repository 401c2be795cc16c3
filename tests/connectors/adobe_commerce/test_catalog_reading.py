"""Reading the catalogue: every page, every child, and only what has a price."""

from typing import Any

import httpx
import pytest

from connectors.stores.adobe_commerce.searching import PAGE_SIZE
from steward.catalog import ByCollection, ByIds, ByTag, ByVendor, EveryProduct, Selection
from steward.errors import InvalidInput, StoreAnswerInvalid, UnsupportedOperation
from tests.connectors.adobe_commerce.fakes import FakeMagento, json_response, store_that


def item(
    number: int, sku: str, kind: str = "simple", links: list[int] | None = None
) -> dict[str, Any]:
    """Return a product as a search shows it; PHP writes an empty object as an empty list."""
    extension: object = [] if links is None else {"configurable_product_links": links}
    return {
        "id": number,
        "sku": sku,
        "name": f"Name of {sku}",
        "type_id": kind,
        "extension_attributes": extension,
    }


def shop(count: int) -> FakeMagento:
    """Return a store with so many simple products."""
    products = [item(number, f"S{number}") for number in range(1, count + 1)]
    return FakeMagento(products=products, regular={each["sku"]: 20 for each in products})


async def read(magento: FakeMagento, selection: Selection) -> dict[str, list[str]]:
    """Return the variants of each product."""
    snapshot = await store_that(magento).read_catalog(selection)
    return {product.id: [each.id for each in product.variants] for product in snapshot.products}


@pytest.mark.parametrize("count", [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE])
async def test_every_page_is_read_and_no_product_twice(count: int) -> None:
    """By the ids that were seen: pages behind the end repeat the last one on this platform."""
    magento = shop(count)
    assert list(await read(magento, EveryProduct())) == [f"S{n}" for n in range(1, count + 1)]
    assert len(magento.searches) == count // PAGE_SIZE + 1


async def test_a_page_that_goes_back_is_told() -> None:
    """A store that ignores the filter would be read for ever."""
    magento = shop(PAGE_SIZE)
    first_page = magento.products

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/products"):
            return json_response({"items": first_page})
        return magento(request)

    with pytest.raises(StoreAnswerInvalid, match="do not go on"):
        await store_that(handler).read_catalog(EveryProduct())


async def test_configurable_products_gather_their_children() -> None:
    """A child belongs to its first parent; bundles and what has no price are left out."""
    products = [
        item(1, "P", "configurable", [3, 4]),
        item(2, "Q", "configurable", [4, 9]),
        item(3, "P-1"),
        item(4, "P-2"),
        item(5, "D", "downloadable"),
        item(6, "B", "bundle"),
        item(7, "free"),
    ]
    magento = FakeMagento(products=products, regular=dict.fromkeys(("P-1", "P-2", "D", "B"), 20))
    assert await read(magento, EveryProduct()) == {"P": ["P-1", "P-2"], "D": ["D"]}


async def test_the_search_names_what_is_selected() -> None:
    """Lists of SKUs leave those with a comma to a condition of their own."""
    magento = shop(3)
    await read(magento, ByIds(ids=("S1", "a,b", "S2", "S2")))
    conditions = {
        (
            dict(search)["searchCriteria[filterGroups][0][filters][0][conditionType]"],
            dict(search)["searchCriteria[filterGroups][0][filters][0][value]"],
        )
        for search in magento.searches
    }
    assert conditions == {("eq", "a,b"), ("in", "S1,S2")}


async def test_long_lists_are_asked_for_in_parts() -> None:
    """No address grows beyond what web servers commonly take."""
    magento = shop(1)
    await read(magento, ByIds(ids=tuple(f"{number:060}" for number in range(250))))
    values = [
        dict(search)["searchCriteria[filterGroups][0][filters][0][value]"]
        for search in magento.searches
    ]
    assert sum(len(value.split(",")) for value in values) == 250
    assert max(map(len, values)) <= 1600


async def test_tags_are_refused_with_the_reason() -> None:
    """The platform has none."""
    with pytest.raises(UnsupportedOperation, match="no product tags"):
        await read(shop(1), ByTag(tag="x"))


async def test_vendors_need_an_attribute() -> None:
    """Without one the refusal says which would do."""
    with pytest.raises(UnsupportedOperation, match="'manufacturer' or 'brand'"):
        await read(shop(1), ByVendor(vendor="Acme"))


@pytest.mark.parametrize(
    ("attribute", "code", "condition"),
    [
        ({"frontend_input": "select"}, "manufacturer", ("eq", "7")),
        ({"frontend_input": "multiselect"}, "brand", ("finset", "7")),
        ({"frontend_input": "text", "options": None}, "brand", ("eq", "ACME")),
    ],
)
async def test_vendors_are_found_by_their_attribute(
    attribute: dict[str, Any], code: str, condition: tuple[str, str]
) -> None:
    """By the option with that label, without regard to case, or by the text itself."""
    magento = shop(1)
    options = [{"label": " ", "value": ""}, {"label": "Acme", "value": 7}]
    magento.attributes[code] = {"options": options, **attribute}
    assert await read(magento, ByVendor(vendor="ACME")) == {"S1": ["S1"]}
    sent = dict(magento.searches[0])
    place = "searchCriteria[filterGroups][0][filters][0]"
    assert sent[f"{place}[field]"] == code
    assert (sent[f"{place}[conditionType]"], sent[f"{place}[value]"]) == condition


async def test_an_unknown_vendor_has_no_products() -> None:
    """Nothing else is selected instead."""
    magento = shop(1)
    magento.attributes["brand"] = {"frontend_input": "select", "options": []}
    assert await read(magento, ByVendor(vendor="Acme")) == {}


def category(number: int, name: str, **attributes: str) -> dict[str, Any]:
    """Return a category as a search shows it."""
    custom = [{"attribute_code": code, "value": value} for code, value in attributes.items()]
    return {"id": number, "name": name, "custom_attributes": custom}


@pytest.mark.parametrize(
    ("name", "number"),
    [("women/tees", "4"), ("SUMMER", "5"), ("Été", "6"), ("6", "6"), ("nothing", None)],
)
async def test_a_category_is_found_by_path_key_name_or_id(name: str, number: str | None) -> None:
    """In this order, without regard to case."""
    magento = shop(1)
    magento.categories = [
        category(3, "Tees", url_key="tees", url_path="men/tees"),
        category(4, "Tees", url_key="tees", url_path="women/tees"),
        category(5, "Hot", url_key="summer"),
        category(6, "Été", url_key="ete"),
        category(7, "Summer", url_key="old"),
    ]
    found = await read(magento, ByCollection(collection=name))
    assert list(found) == ([] if number is None else ["S1"])
    if number is not None:
        sent = dict(magento.searches[-1])
        assert sent["searchCriteria[filterGroups][0][filters][0][field]"] == "category_id"
        assert sent["searchCriteria[filterGroups][0][filters][0][value]"] == number


async def test_a_name_of_several_categories_is_refused() -> None:
    """It says how to name the one that is meant."""
    magento = shop(1)
    magento.categories = [category(3, "Tees", url_path="men/tees"), category(4, "Tees")]
    with pytest.raises(InvalidInput, match=r"2 categories 'tees': 3 \(men/tees\), 4 \(Tees\)"):
        await read(magento, ByCollection(collection="tees"))


async def test_prices_that_a_change_does_not_reach_are_told() -> None:
    """Websites and store views may have prices of their own, which stay."""
    magento = shop(2)
    magento.extra_rows = [
        {"in": "products/base-prices-information", "sku": "S1", "store_id": 1, "price": 9},
        {"in": "products/special-price-information", "sku": "S1", "store_id": 2, "price": 8},
    ]
    snapshot = await store_that(magento).read_catalog(EveryProduct())
    titles = [product.variants[0].title for product in snapshot.products]
    assert titles == ["Name of S1 (own prices in 2 store views stay)", "Name of S2"]
    assert {str(product.variants[0].price) for product in snapshot.products} == {"20.00 USD"}
