"""Reads of collections and metafields."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.connections import Connection, SortKey, paginate
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.identifiers import gid, identifier_number, parse_identifier
from sandbox.shopify.listing import page_of_collection
from sandbox.shopify.reading.common import count
from sandbox.shopify.reading.products import plain_text
from sandbox.shopify.records import Collection, Metafield
from sandbox.shopify.scalars import print_moment

Resolver = Callable[..., Any]
_BY_ID = SortKey(lambda item: item.id)
_OWNER_TYPES = {
    "Product": "PRODUCT",
    "ProductVariant": "PRODUCTVARIANT",
    "Collection": "COLLECTION",
    "Location": "LOCATION",
    "Shop": "SHOP",
    "AppInstallation": "API_PERMISSION",
}
APP_NAMESPACE = "app--1"
"""What the platform writes for a metafield whose namespace the caller leaves out."""


def _products(collection: Collection, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    return page_of_collection(context_of(info).catalogue, collection, arguments)


def _has_product(collection: Collection, info: Info, id: str) -> bool:  # noqa: A002
    number = identifier_number(id, "Product")
    return number in context_of(info).catalogue.visible_members(collection)


def _description(
    collection: Collection,
    _: Info,
    truncateAt: int | None = None,  # noqa: N803
) -> str:
    text = plain_text(collection.description_html)
    return text if truncateAt is None else text[:truncateAt]


COLLECTION: Mapping[str, Resolver] = {
    "description": _description,
    "descriptionHtml": lambda collection, _: collection.description_html,
    "handle": lambda collection, _: collection.handle,
    "hasProduct": _has_product,
    "id": lambda collection, _: gid("Collection", collection.id),
    "image": lambda *_, **__: None,
    "legacyResourceId": lambda collection, _: str(collection.id),
    "products": _products,
    "productsCount": lambda collection, info: count(
        len(context_of(info).catalogue.visible_members(collection))
    ),
    "ruleSet": lambda collection, _: collection.rule_set,
    "seo": lambda collection, _: {
        "title": collection.seo_title,
        "description": collection.seo_description,
    },
    "sortOrder": lambda collection, _: collection.sort_order,
    "storefrontId": lambda collection, _: gid("Collection", collection.id),
    "templateSuffix": lambda collection, _: collection.template_suffix,
    "title": lambda collection, _: collection.title,
    "updatedAt": lambda collection, _: print_moment(collection.updated_at),
}


def owner_identifier(owner: Any, info: Info) -> str:  # noqa: ANN401 - any record
    """Return the identifier under which the metafields of this object are kept."""
    number = getattr(owner, "id", None)
    return gid(info.parent_type.name, number) if number is not None else ""


def _metafield(
    owner: Any,  # noqa: ANN401 - any record
    info: Info,
    key: str,
    namespace: str | None = None,
) -> Metafield | None:
    owned = context_of(info).catalogue.metafields.get(owner_identifier(owner, info), {})
    if namespace is None and "." in key:
        namespace, _, key = key.rpartition(".")
    return owned.get((namespace or APP_NAMESPACE, key))


def _metafields(owner: Any, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    owned = context_of(info).catalogue.metafields.get(owner_identifier(owner, info), {})
    namespace, keys = arguments.get("namespace"), arguments.get("keys")
    found = [
        field
        for field in owned.values()
        if (namespace is None or field.namespace == namespace)
        and (keys is None or f"{field.namespace}.{field.key}" in keys)
    ]
    return paginate(found, arguments, _BY_ID)


HAS_METAFIELDS: Mapping[str, Resolver] = {"metafield": _metafield, "metafields": _metafields}


def compare_digest(metafield: Metafield) -> str:
    """Return the digest that changes whenever a metafield's type or value does."""
    return hashlib.sha256(f"{metafield.type}\0{metafield.value}".encode()).hexdigest()


def _json_value(metafield: Metafield, _: Info) -> Any:  # noqa: ANN401
    kind = metafield.type
    if kind == "boolean":
        # As the platform does: only true is a JSON value of its own.
        return True if metafield.value == "true" else metafield.value
    if kind.startswith("list.") or kind in (
        "json", "number_integer", "rating", "money", "dimension", "volume", "weight",
        "rich_text_field", "link",
    ):  # fmt: skip
        try:
            return json.loads(metafield.value)
        except ValueError:
            return metafield.value
    return metafield.value


def _owner(metafield: Metafield, info: Info) -> Any:  # noqa: ANN401
    catalogue = context_of(info).catalogue
    parsed = parse_identifier(metafield.owner_id)
    assert parsed is not None  # noqa: S101 - only identifiers are ever stored
    kinds: dict[str, Mapping[int, object]] = {
        "Product": catalogue.products,
        "ProductVariant": catalogue.variants,
        "Collection": catalogue.collections,
        "Location": catalogue.locations,
    }
    return kinds.get(parsed.kind, {}).get(parsed.number or 0, context_of(info).shop)


METAFIELD: Mapping[str, Resolver] = {
    "compareDigest": lambda field, _: compare_digest(field),
    "createdAt": lambda field, _: print_moment(field.created_at),
    "definition": lambda *_: None,
    "description": lambda *_: None,
    "id": lambda field, _: gid("Metafield", field.id),
    "jsonValue": _json_value,
    "key": lambda field, _: field.key,
    "legacyResourceId": lambda field, _: str(field.id),
    "namespace": lambda field, _: field.namespace,
    "owner": _owner,
    "ownerType": lambda field, _: _OWNER_TYPES[field.owner_id.split("/")[3]],
    "sizeInBytes": lambda field, _: len(field.value.encode()),
    "type": lambda field, _: field.type,
    "updatedAt": lambda field, _: print_moment(field.updated_at),
    "value": lambda field, _: field.value,
}
