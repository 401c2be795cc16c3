"""The GraphQL documents that are sent, each in a `.graphql` file beside this one."""

from enum import StrEnum
from functools import cache
from importlib import resources


class Document(StrEnum):
    """A document by the name of its operation; the file has the same name in snake case."""

    SEARCH_PRODUCTS = "SearchProducts"
    COLLECTION_PRODUCTS = "CollectionProducts"
    PRODUCTS_BY_ID = "ProductsById"
    PRODUCT_VARIANTS = "ProductVariants"
    VARIANT_PRICES = "VariantPrices"
    PRODUCT_VALUES = "ProductValues"
    COLLECTION_BY_HANDLE = "CollectionByHandle"
    COLLECTIONS_BY_PRODUCT = "CollectionsByProduct"
    PRODUCT_COLLECTIONS = "ProductCollections"
    COLLECTION_MEMBERS = "CollectionMembers"
    STOCK_BY_VARIANT = "StockByVariant"
    UNIT_COSTS = "UnitCosts"
    INVENTORY_LEVELS = "InventoryLevels"
    STOCK_AT_LOCATION = "StockAtLocation"
    RUNNING_BULK_OPERATIONS = "RunningBulkOperations"
    BULK_OPERATION_STATE = "BulkOperationState"
    JOB_STATE = "JobState"
    UPDATE_VARIANT_PRICES = "UpdateVariantPrices"
    UPDATE_PRODUCT = "UpdateProduct"
    ADD_TAGS = "AddTags"
    REMOVE_TAGS = "RemoveTags"
    ADD_TO_COLLECTION = "AddToCollection"
    REMOVE_FROM_COLLECTION = "RemoveFromCollection"
    SET_STOCK = "SetStock"
    STAGE_UPLOAD = "StageUpload"
    RUN_IN_BULK = "RunInBulk"
    CANCEL_BULK_OPERATION = "CancelBulkOperation"


_FRAGMENTS = {
    "ProductFields": "product_fields",
    "VariantFields": "variant_fields",
    "CollectionFields": "collection_fields",
    "LevelFields": "level_fields",
}


@cache
def text_of(document: Document) -> str:
    """Return the document's text together with the fragments that it spreads."""
    text = _file(document.name.lower())
    while missing := [name for name in _FRAGMENTS if _spreads(text, name)]:
        text = "\n".join([text, *(_file(_FRAGMENTS[name]) for name in missing)])
    return text


def _spreads(text: str, fragment: str) -> bool:
    return f"...{fragment}" in text and f"fragment {fragment} " not in text


def _file(stem: str) -> str:
    return resources.files(__name__).joinpath(f"{stem}.graphql").read_text(encoding="utf-8")
