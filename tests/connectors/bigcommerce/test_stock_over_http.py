"""Stock over real HTTP: read by location, written, waited for and undone."""

import pytest

from steward.catalog import CatalogDetail, EveryProduct
from steward.changes import FieldName, ResourceKind, Target
from steward.errors import CredentialsRejected
from steward.execution import Accepted
from steward.operations import (
    AdjustStock,
    SetStock,
)
from steward.values import Quantity, Value
from tests.connectors.bigcommerce.conftest import Open, SandboxStore
from tests.connectors.bigcommerce.test_fields_over_http import compiled, written
from tests.connectors.bigcommerce.test_store_over_http import send_all, without_times


def stock_held(store: SandboxStore) -> dict[Target, Value]:
    """Return what the shop can sell of everything that it counts, by location."""
    found: dict[Target, Value] = {}
    for name, product in store.catalogue()["products"].items():
        for holder, held in {name: product, **product["variants"]}.items():
            for location, level in held.get("inventory", {}).items():
                kind, _, number = holder.partition("/")
                target = Target(
                    resource_kind=ResourceKind(kind.removesuffix("s")),
                    resource_id=number,
                    field=FieldName.INVENTORY_QUANTITY,
                    key=location,
                )
                found[target] = Quantity(units=level["quantity"] - level["safety_stock"])
    return found


async def test_stock_is_read_by_location_as_the_shop_holds_it(
    acme: SandboxStore, open_store: Open
) -> None:
    """Less what is held back from sale; a product that is not counted has none."""
    store = open_store(acme)
    acme.edit("products/111", "safety_stock@1", 4)
    detail = CatalogDetail(fields=frozenset({FieldName.INVENTORY_QUANTITY}))

    snapshot = await store.read_catalog(EveryProduct(), detail)

    truth = stock_held(acme)
    read = {
        Target(
            resource_kind=level.resource_kind,
            resource_id=level.resource_id,
            field=FieldName.INVENTORY_QUANTITY,
            key=level.location.id,
        ): Quantity(units=level.units)
        for product in snapshot.products
        for level in product.stock
    }
    assert read == truth
    assert {target.resource_kind for target in truth} == {
        ResourceKind.PRODUCT,
        ResourceKind.VARIANT,
    }
    names = {level.location.name for product in snapshot.products for level in product.stock}
    assert names == {one["label"] for one in acme.catalogue()["locations"].values()}
    assert await store.read_values(list(truth)) == truth


@pytest.mark.parametrize("location", ["1", "2"])
async def test_stock_is_written_when_it_reads_back_and_undone(
    location: str, acme: SandboxStore, open_store: Open
) -> None:
    """Although the platform takes a moment; at other locations nothing changes."""
    store = open_store(acme)
    change_set = await compiled(store, (AdjustStock(units=30, location=location),), EveryProduct())
    before, stock = without_times(acme.catalogue()), stock_held(acme)
    assert {change.target.key for change in change_set.changes} == {location}

    await written(store, change_set.changes)

    assert stock_held(acme) == stock | {one.target: one.after for one in change_set.changes}
    fields = {entry["field"] for entry in acme.written()}
    assert fields == {"inventory_level" if location == "1" else f"inventory_level@{location}"}
    await written(store, change_set.inverse().changes)
    assert without_times(acme.catalogue()) == before


async def test_stock_that_is_counted_otherwise_by_now_is_refused_alone(
    acme: SandboxStore, open_store: Open
) -> None:
    """A product that is counted by variant has no stock of its own any more."""
    store = open_store(acme)
    operations = (SetStock(units=5, location="1"),)
    changes = (await compiled(store, operations, EveryProduct())).changes
    product = next(one for one in changes if one.target.resource_kind is ResourceKind.PRODUCT)
    acme.edit(f"products/{product.product_id}", "inventory_tracking", "none")

    answers = await send_all(store, changes)

    refused = {target for target, answer in answers.items() if answer != Accepted()}
    assert refused == {product.target}
    assert "is not tracked" in getattr(answers[product.target], "reason", "")


async def test_a_token_without_the_inventory_scope_is_told_so(
    bigcommerce_sandbox: dict[str, SandboxStore], open_store: Open
) -> None:
    """With the scope to give it."""
    detail = CatalogDetail(fields=frozenset({FieldName.INVENTORY_QUANTITY}))
    narrow = open_store(bigcommerce_sandbox["narrow"])
    with pytest.raises(CredentialsRejected, match="Store Inventory"):
        await narrow.read_catalog(EveryProduct(), detail)
