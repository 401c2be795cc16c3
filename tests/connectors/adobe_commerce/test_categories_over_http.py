"""Categories over real HTTP: a product enters, leaves, and comes back to its place."""

from typing import Any

from steward.changes import FieldName
from steward.operations import (
    ChangeCategories,
)
from steward.values import ABSENT, PRESENT
from tests.connectors.adobe_commerce.conftest import Open, SandboxStore
from tests.connectors.adobe_commerce.fakes import changed
from tests.connectors.adobe_commerce.running import (
    SUMMER,
    compiled,
    write_and_undo,
)
from tests.connectors.adobe_commerce.test_store_over_http import send_all


async def test_categories_are_entered_left_and_come_back_in_their_places(
    acme: SandboxStore, open_store: Open
) -> None:
    """By name; a product that was in one already stays where it is."""
    store = open_store(acme)
    places = category_places(acme)
    change_set = await compiled(
        store, SUMMER, ChangeCategories(add=("Sale", "home"), remove=("summer", "clothing"))
    )
    chosen = {change.product_id for change in change_set.changes}

    def look() -> None:
        for each in acme.products():
            if each["sku"] in chosen:
                assert {8, 7} <= set(each["categories"])
                assert not {3, 4} & set(each["categories"])

    await write_and_undo(store, change_set, look)
    assert category_places(acme) == places


def category_places(store: SandboxStore) -> dict[str, list[dict[str, Any]]]:
    """Return each product's places in categories, as the shop's own API tells them."""
    token = store.control.post(
        "/rest/V1/integration/admin/token",
        json={"username": store.given["username"], "password": store.given["password"]},
    ).json()
    found = store.control.get(
        "/rest/V1/products?searchCriteria[pageSize]=1000",
        headers={"Authorization": f"Bearer {token}"},
    ).json()["items"]
    return {each["sku"]: each["extension_attributes"].get("category_links") for each in found}


async def test_a_membership_is_there_or_not(acme: SandboxStore, open_store: Open) -> None:
    """Also in a category that does not exist; a product that is gone has none."""
    store = open_store(acme)
    inside = changed("CLO 000/1", FieldName.CATEGORY, PRESENT, ABSENT, key="2").target
    nowhere = inside.model_copy(update={"key": "999"})
    gone = inside.model_copy(update={"resource_id": "no-such-thing"})
    assert await store.read_values([inside, gone, nowhere]) == {inside: PRESENT, nowhere: ABSENT}


async def test_a_refused_membership_is_no_refusal_where_it_is_so_already(
    acme: SandboxStore, open_store: Open
) -> None:
    """Others of the request are answered for themselves."""
    store = open_store(acme)
    leave = changed("CLO 000/1", FieldName.CATEGORY, PRESENT, ABSENT, key="999")
    enter = changed("HOM+3%", FieldName.CATEGORY, ABSENT, PRESENT, key="999")
    away = changed("HOM+3%", FieldName.CATEGORY, PRESENT, ABSENT, key="8")
    gone = changed("no-such-thing", FieldName.CATEGORY, ABSENT, PRESENT, key="8")
    answers = await send_all(store, [leave, enter, away, gone])
    assert [getattr(each, "code", each.kind) for each in answers] == [
        "accepted",
        "CATEGORY_REFUSED",
        "accepted",
        "NO_SUCH_PRODUCT",
    ]
