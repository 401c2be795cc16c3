"""What tests over real HTTP have in common: compiling, writing, undoing, and looking."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from connectors.stores.adobe_commerce import AdobeCommerceStore
from steward.catalog import (
    ByCollection,
    ByIds,
    CatalogDetail,
    Product,
    Selection,
)
from steward.changes import ChangeSet, FieldName
from steward.compilation import compile_intent
from steward.execution import Accepted
from steward.intents import Intent
from steward.operations import (
    Operation,
)
from tests.connectors.adobe_commerce.conftest import SandboxStore
from tests.connectors.adobe_commerce.test_store_over_http import send_all

EVERYTHING = CatalogDetail(fields=frozenset(FieldName) - {FieldName.TAG})
SUMMER = ByCollection(collection="summer")
SLASHED = ByIds(ids=("CLO 000/1", "SHO-Ü 2", "HOM+3%"))
TITLE: Final = FieldName.TITLE


async def compiled(
    store: AdobeCommerceStore, selection: Selection, *operations: Operation
) -> ChangeSet:
    """Compile an intent against what the store holds."""
    intent = Intent(selection=selection, operations=operations)
    return compile_intent(intent, await store.read_catalog(selection, intent.detail))


async def write_and_undo(
    store: AdobeCommerceStore, change_set: ChangeSet, between: Callable[[], None]
) -> None:
    """Write, look, and undo; every change is accepted and reads back both times."""
    for one, look in ((change_set, between), (change_set.inverse(), lambda: None)):
        assert await send_all(store, one.changes) == [Accepted()] * len(one.changes)
        live = await store.read_values([change.target for change in one.changes])
        assert live == {change.target: change.after for change in one.changes}
        look()


def own_value(product: dict[str, Any], code: str, scope: str = "all") -> Any:  # noqa: ANN401
    """Return what a scope itself holds; None where it inherits or has nothing."""
    return product["values"].get(scope, {}).get(code)


async def read(
    store: AdobeCommerceStore, *ids: str, detail: CatalogDetail = EVERYTHING
) -> list[Product]:
    """Return products with everything that the platform has."""
    return list((await store.read_catalog(ByIds(ids=ids), detail)).products)


def levels(store: SandboxStore, sku: str) -> dict[str, tuple[int, int]]:
    """Return the units and the status at each source."""
    items = store.product(sku)["stock"].items()
    return {source: (int(Decimal(each["quantity"])), each["status"]) for source, each in items}
