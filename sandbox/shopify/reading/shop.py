"""Reads of the shop, of the app that asks, and of what it may do."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.context import Info, Shop, context_of
from sandbox.shopify.identifiers import gid
from sandbox.shopify.reading import lists
from sandbox.shopify.reading.common import empty_page
from sandbox.shopify.scalars import print_moment

Resolver = Callable[..., Any]
_SCOPE_TEXTS = {"read": "Read", "write": "Modify"}


def installation(_: object, info: Info) -> dict[str, Any]:
    """Return the app's installation in this shop."""
    shop = context_of(info).shop
    return {
        "__typename": "AppInstallation",
        "id": gid("AppInstallation", 1),
        "launchUrl": f"https://{shop.domain}/admin/apps/steward",
        "app": app(None, info),
        "accessScopes": [_scope(scope) for scope in shop.scopes],
    }


def _scope(scope: str) -> dict[str, str]:
    action, _, subject = scope.partition("_")
    return {
        "handle": scope,
        "description": f"{_SCOPE_TEXTS.get(action, action)} {subject.replace('_', ' ')}",
    }


def app(_: object, info: Info, **__: object) -> dict[str, Any]:
    """Return the app that asks."""
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


_no_texts = lists.texts([])

SHOP: Mapping[str, Resolver] = {
    "allProductCategoriesList": lambda *_: [],
    "analyticsToken": lambda *_: "sandbox",
    "billingAddress": lambda *_: _ADDRESS,
    "checkoutApiSupported": lambda *_: True,
    "collections": lists.collections,
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
    "inventoryItems": lists.inventory_items,
    "locations": lists.locations,
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
    "productTags": lists.product_tags,
    "productTypes": lists.product_types,
    "productVariants": lists.product_variants,
    "productVendors": lists.product_vendors,
    "products": lists.products,
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
