"""The fields of the query root, and of the shop."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.connections import Connection, SortKey, paginate
from sandbox.shopify.context import Info, Shop, context_of
from sandbox.shopify.identifiers import gid, parse_identifier
from sandbox.shopify.listing import (
    count_collections,
    count_products,
    count_variants,
    search_collections,
    search_inventory_items,
    search_locations,
    search_products,
    search_variants,
)
from sandbox.shopify.reading.common import count, empty_page
from sandbox.shopify.scalars import print_moment

Resolver = Callable[..., Any]
_SCOPE_TEXTS = {"read": "Read", "write": "Modify"}


def find(info: Info, identifier: str) -> Any:  # noqa: ANN401, PLR0911 - one rule a kind
    """Return the object with this global identifier, or None."""
    context = context_of(info)
    catalogue = context.catalogue
    parsed = parse_identifier(identifier)
    if parsed is None or parsed.number is None:
        return None
    kinds: dict[str, Mapping[int, Any]] = {
        "Product": catalogue.products,
        "ProductVariant": catalogue.variants,
        "Collection": catalogue.collections,
        "InventoryItem": catalogue.inventory_items,
        "Location": catalogue.locations,
    }
    if parsed.kind in kinds:
        return kinds[parsed.kind].get(parsed.number)
    if parsed.kind == "InventoryLevel":
        item = parsed.parameters.removeprefix("inventory_item_id=")
        return catalogue.level(parsed.number, int(item)) if item.isdigit() else None
    if parsed.kind == "Shop":
        return context.shop if parsed.number == context.shop.id else None
    if parsed.kind == "Metafield":
        owned = (field for fields in catalogue.metafields.values() for field in fields.values())
        return next((field for field in owned if field.id == parsed.number), None)
    if parsed.kind in ("ProductOption", "ProductOptionValue"):
        return _find_option(info, parsed.kind, parsed.number)
    return None


def _find_option(info: Info, kind: str, number: int) -> Any:  # noqa: ANN401
    catalogue = context_of(info).catalogue
    for product in catalogue.products.values():
        for position, option in enumerate(product.options, start=1):
            if kind == "ProductOption" and option.id == number:
                return (product, option, position)
            for value in option.values:
                if kind == "ProductOptionValue" and value.id == number:
                    variants = catalogue.variants_of(product)
                    return (value, any(number in item.option_values for item in variants))
    return None


def _by_id(kind: str) -> Resolver:
    def resolve(_: object, info: Info, id: str) -> Any:  # noqa: A002, ANN401
        parsed = parse_identifier(id)
        if parsed is not None and parsed.kind != kind:
            raise GraphQLError(f"Invalid id: {id}", extensions={"code": "RESOURCE_NOT_FOUND"})
        return find(info, id)

    return resolve


def _node(_: object, info: Info, id: str) -> Any:  # noqa: A002, ANN401
    return find(info, id)


def _nodes(_: object, info: Info, ids: list[str]) -> list[Any]:
    return [find(info, identifier) for identifier in ids]


def _identified(kind: str, by_handle: Callable[[Any, str], Any]) -> Resolver:
    def resolve(_: object, info: Info, identifier: dict[str, Any]) -> Any:  # noqa: ANN401
        if identifier.get("customId"):
            raise GraphQLError(
                "Metafield definition of type 'id' is required when using custom ids.",
                extensions={"code": "NOT_FOUND"},
            )
        if identifier.get("handle") is not None:
            return by_handle(context_of(info).catalogue, identifier["handle"])
        return _by_id(kind)(None, info, identifier.get("id") or "")

    return resolve


def _location(_: object, info: Info, id: str | None = None) -> Any:  # noqa: A002, ANN401
    locations = context_of(info).catalogue.locations
    return locations[min(locations)] if id is None else _by_id("Location")(None, info, id)


def texts(values: list[str]) -> Resolver:
    """Return a resolver of a connection of plain texts."""

    def resolve(_: object, __: Info, **arguments: Any) -> Connection:  # noqa: ANN401
        return paginate(values, arguments, SortKey(lambda value: value), lambda _: 0)

    return resolve


def _distinct(read: Callable[[Any], list[str]]) -> Resolver:
    def resolve(source: object, info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
        products = context_of(info).catalogue.products.values()
        values = sorted({value for product in products for value in read(product) if value})
        arguments.pop("sort", None)
        page: Connection = texts(values)(source, info, **arguments)
        return page

    return resolve


def _counted(counter: Callable[[Info, str | None], int]) -> Resolver:
    def resolve(
        _: object,
        info: Info,
        query: str | None = None,
        limit: int | None = None,
        **__: object,
    ) -> dict[str, Any]:
        return count(counter(info, query), limit)

    return resolve


def _installation(_: object, info: Info) -> dict[str, Any]:
    shop = context_of(info).shop
    return {
        "__typename": "AppInstallation",
        "id": gid("AppInstallation", 1),
        "launchUrl": f"https://{shop.domain}/admin/apps/steward",
        "app": _app(None, info),
        "accessScopes": [_scope(scope) for scope in shop.scopes],
    }


def _job(_: object, __: Info, id: str) -> dict[str, Any]:  # noqa: A002 - the platform's name
    return {"id": id, "done": True, "query": {}}


def _scope(scope: str) -> dict[str, str]:
    action, _, subject = scope.partition("_")
    return {
        "handle": scope,
        "description": f"{_SCOPE_TEXTS.get(action, action)} {subject.replace('_', ' ')}",
    }


def _app(_: object, info: Info, **__: object) -> dict[str, Any]:
    shop = context_of(info).shop
    return {
        "__typename": "App",
        "id": gid("App", 1),
        "title": "Sandbox app",
        "handle": "sandbox-app",
        "apiKey": "sandbox",
        "developerName": "Sandbox",
        "embedded": False,
        "launchUrl": f"https://{shop.domain}/admin/apps/sandbox",
    }


_products = lambda _, info, **arguments: search_products(info, arguments)  # noqa: E731
_variants = lambda _, info, **arguments: search_variants(info, arguments)  # noqa: E731
_collections = lambda _, info, **arguments: search_collections(info, arguments)  # noqa: E731
_items = lambda _, info, **arguments: search_inventory_items(info, arguments)  # noqa: E731
_locations = lambda _, info, **arguments: search_locations(info, arguments)  # noqa: E731

QUERY: Mapping[str, Resolver] = {
    "app": _app,
    "collection": _by_id("Collection"),
    "collectionByHandle": lambda _, info, handle: context_of(info).catalogue.collection_by_handle(
        handle
    ),
    "collectionByIdentifier": _identified(
        "Collection", lambda catalogue, handle: catalogue.collection_by_handle(handle)
    ),
    "collections": _collections,
    "collectionsCount": _counted(count_collections),
    "currentAppInstallation": _installation,
    "inventoryItem": _by_id("InventoryItem"),
    "inventoryItems": _items,
    "inventoryLevel": _by_id("InventoryLevel"),
    "job": _job,
    "location": _location,
    "locations": _locations,
    "locationsCount": lambda _, info, limit=None, **__: count(
        len(context_of(info).catalogue.locations), limit
    ),
    "node": _node,
    "nodes": _nodes,
    "product": _by_id("Product"),
    "productByHandle": lambda _, info, handle: context_of(info).catalogue.product_by_handle(handle),
    "productByIdentifier": _identified(
        "Product", lambda catalogue, handle: catalogue.product_by_handle(handle)
    ),
    "productTags": _distinct(lambda product: product.tags),
    "productTypes": _distinct(lambda product: [product.product_type]),
    "productVariant": _by_id("ProductVariant"),
    "productVariantByIdentifier": _identified("ProductVariant", lambda *_: None),
    "productVariants": _variants,
    "productVariantsCount": _counted(count_variants),
    "productVendors": _distinct(lambda product: [product.vendor]),
    "products": _products,
    "productsCount": _counted(count_products),
    "publication": lambda *_, **__: None,
    "publications": empty_page,
    "publicationsCount": lambda *_, **__: count(0),
    "shop": lambda _, info: context_of(info).shop,
}

_ADDRESS = {
    "__typename": "ShopAddress",
    "id": gid("ShopAddress", 1),
    "address1": "1 Rue de la République",
    "city": "Lyon",
    "coordinatesValidated": False,
    "country": "France",
    "countryCode": "FR",
    "countryCodeV2": "FR",
    "formatted": ["1 Rue de la République", "Lyon", "France"],
    "zip": "69001",
}
_PLANS = {
    "standard": "Basic",
    "advanced": "Advanced",
    "plus": "Shopify Plus",
    "enterprise": "Shopify Plus",
}


def _domain(shop: Shop, _: Info) -> dict[str, Any]:
    return {
        "__typename": "Domain",
        "id": gid("Domain", 1),
        "host": shop.domain,
        "sslEnabled": True,
        "url": f"https://{shop.domain}",
    }


_no_texts = texts([])

SHOP: Mapping[str, Resolver] = {
    "allProductCategoriesList": lambda *_: [],
    "analyticsToken": lambda *_: "sandbox",
    "billingAddress": lambda *_: _ADDRESS,
    "checkoutApiSupported": lambda *_: True,
    "collections": _collections,
    "contactEmail": lambda *_: "owner@example.com",
    "createdAt": lambda shop, _: print_moment(shop.created_at),
    "currencyCode": lambda shop, _: shop.currency,
    "currencyFormats": lambda shop, _: {
        "moneyFormat": "{{amount}}",
        "moneyInEmailsFormat": "{{amount}}",
        "moneyWithCurrencyFormat": "{{amount}} " + shop.currency,
        "moneyWithCurrencyInEmailsFormat": "{{amount}} " + shop.currency,
    },
    "customerAccounts": lambda *_: "OPTIONAL",
    "customerTags": _no_texts,
    "description": lambda *_: None,
    "domains": lambda shop, info: [_domain(shop, info)],
    "draftOrderTags": _no_texts,
    "email": lambda *_: "owner@example.com",
    "enabledPresentmentCurrencies": lambda shop, _: [shop.currency],
    "ianaTimezone": lambda *_: "Etc/UTC",
    "id": lambda shop, _: gid("Shop", shop.id),
    "inventoryItems": _items,
    "locations": _locations,
    "marketingSmsConsentEnabledAtCheckout": lambda *_: False,
    "myshopifyDomain": lambda shop, _: shop.domain,
    "name": lambda shop, _: shop.name,
    "orderNumberFormatPrefix": lambda *_: "#",
    "orderNumberFormatSuffix": lambda *_: "",
    "orderTags": _no_texts,
    "plan": lambda shop, _: {
        "displayName": _PLANS[shop.plan],
        "partnerDevelopment": False,
        "publicDisplayName": _PLANS[shop.plan],
        "shopifyPlus": shop.plan in ("plus", "enterprise"),
    },
    "primaryDomain": _domain,
    "productImages": empty_page,
    "productTags": QUERY["productTags"],
    "productTypes": QUERY["productTypes"],
    "productVariants": _variants,
    "productVendors": QUERY["productVendors"],
    "products": _products,
    "publicationCount": lambda *_: 0,
    "resourceLimits": lambda *_: {
        "locationLimit": 200,
        "maxProductOptions": 3,
        "maxProductVariants": 2048,
        "redirectLimitReached": False,
    },
    "richTextEditorUrl": lambda shop, _: f"https://{shop.domain}/admin/editor",
    "setupRequired": lambda *_: False,
    "shipsToCountries": lambda *_: ["FR", "DE", "US"],
    "shopAddress": lambda *_: _ADDRESS,
    "shopOwnerName": lambda *_: "Sandbox Owner",
    "storefrontUrl": lambda shop, _: f"https://{shop.domain}",
    "taxShipping": lambda *_: False,
    "taxesIncluded": lambda *_: False,
    "timezoneAbbreviation": lambda *_: "UTC",
    "timezoneOffset": lambda *_: "+0000",
    "timezoneOffsetMinutes": lambda *_: 0,
    "transactionalSmsDisabled": lambda *_: False,
    "unitSystem": lambda *_: "METRIC_SYSTEM",
    "updatedAt": lambda shop, _: print_moment(shop.created_at),
    "url": lambda shop, _: f"https://{shop.domain}",
    "weightUnit": lambda *_: "KILOGRAMS",
}
