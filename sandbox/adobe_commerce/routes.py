"""Which paths the API has, what serves each, and which of them can be called asynchronously."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sandbox.adobe_commerce import (
    attribute_reading,
    category_linking,
    category_reading,
    inventory,
    prices,
    product_reading,
    product_writing,
    shop_reading,
)
from sandbox.adobe_commerce.context import Call
from sandbox.adobe_commerce.problems import no_interface
from sandbox.adobe_commerce.scopes import DEFAULT_VIEW, scope_id
from sandbox.adobe_commerce.search_criteria import MAXIMUM_PAGE_SIZE
from sandbox.configuration import Edition

Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        method: the HTTP method.
        pattern: the path's parts below `V1`; a name in braces is a parameter.
        resource: the permission that it needs.
        handler: what serves it.
        service: the platform's class and method behind a write; None for a read.
    """

    method: str
    pattern: tuple[str, ...]
    resource: str
    handler: Handler
    service: str | None = None

    @property
    def writes(self) -> bool:
        """Tell whether it changes anything."""
        return self.service is not None

    @property
    def operation(self) -> str:
        """Return the endpoint's name in the platform's own description, as `PutV1ProductsSku`."""
        return f"{self.method.capitalize()}V1{''.join(_word(part) for part in self.pattern)}"

    @property
    def topic(self) -> str:
        """Return the name of the queue that its asynchronous calls go through."""
        class_name, _, function = (self.service or "").partition("::")
        short = class_name.replace("\\", ".").lower()
        return f"async.{short}.{function}.{self.method.lower()}"


def _word(part: str) -> str:
    letters = part.strip("{}").replace("-", "")
    return letters[:1].upper() + letters[1:]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a path leads.

    Attributes:
        scope: the scope that it names.
        path: its parameters.
        asynchronous: whether the call is queued.
        bulk: whether the body holds a list of calls.
    """

    route: Route
    scope: int
    path: Mapping[str, str]
    asynchronous: bool = False
    bulk: bool = False

    @property
    def operation(self) -> str:
        """Return the name by which faults know the request."""
        if not self.asynchronous:
            return self.route.operation
        return f"Async{'Bulk' if self.bulk else ''}{self.route.operation}"


def _limited(handler: Callable[[Call, int | None], Any], limit: int | None) -> Handler:
    return lambda call: handler(call, limit)


_CATALOG, _CATEGORIES = "Magento_Catalog::products", "Magento_Catalog::categories"
_STOCK, _SOURCES = "Magento_InventoryApi::source", "Magento_InventoryApi::source_edit"
_STORE, _BACKEND = "Magento_Backend::store", "Magento_Backend::admin"
_PRODUCT_SERVICE = "Magento\\Catalog\\Api\\ProductRepositoryInterface"
_LINK_SERVICE = "Magento\\Catalog\\Api\\CategoryLinkRepositoryInterface"


def _routes(limit: int | None) -> list[Route]:
    def route(
        method: str,
        path: str,
        resource: str,
        handler: Handler,
        service: str | None = None,
    ) -> Route:
        pattern = tuple(path.split("/"))
        return Route(method, pattern, resource, handler, service)

    special = "Magento\\Catalog\\Api\\SpecialPriceStorageInterface"
    base = "Magento\\Catalog\\Api\\BasePriceStorageInterface::update"
    sources = "Magento\\InventoryApi\\Api\\SourceItemsSaveInterface::execute"
    unsource = "Magento\\InventoryApi\\Api\\SourceItemsDeleteInterface::execute"
    views, shop, attributes = shop_reading, product_reading, attribute_reading
    categories, linking, writing = category_reading, category_linking, product_writing
    return [
        route("GET", "products", _CATALOG, _limited(shop.search_products, limit)),
        route("POST", "products", _CATALOG, writing.save_product, f"{_PRODUCT_SERVICE}::save"),
        route("GET", "products/attributes", _CATALOG, _limited(attributes.list_attributes, limit)),
        route("GET", "products/attributes/{attributeCode}", _CATALOG, attributes.get_attribute),
        route(
            "GET", "products/attributes/{attributeCode}/options", _CATALOG, attributes.get_options
        ),
        route("POST", "products/base-prices", _CATALOG, prices.update_base_prices, base),
        route("POST", "products/base-prices-information", _CATALOG, prices.read_base_prices),
        route(
            "POST",
            "products/special-price",
            _CATALOG,
            prices.update_special_prices,
            f"{special}::update",
        ),
        route(
            "POST",
            "products/special-price-delete",
            _CATALOG,
            prices.delete_special_prices,
            f"{special}::delete",
        ),
        route("POST", "products/special-price-information", _CATALOG, prices.read_special_prices),
        route("GET", "products/{sku}", _CATALOG, shop.get_product),
        route("PUT", "products/{sku}", _CATALOG, writing.save_product, f"{_PRODUCT_SERVICE}::save"),
        route(
            "DELETE",
            "products/{sku}",
            _CATALOG,
            writing.delete_product,
            f"{_PRODUCT_SERVICE}::deleteById",
        ),
        route("GET", "configurable-products/{sku}/children", _CATALOG, shop.get_children),
        route(
            "GET", "inventory/source-items", _STOCK, _limited(inventory.search_source_items, limit)
        ),
        route("POST", "inventory/source-items", _SOURCES, inventory.save_source_items, sources),
        route(
            "POST",
            "inventory/source-items-delete",
            _SOURCES,
            inventory.delete_source_items,
            unsource,
        ),
        route("GET", "inventory/sources", _STOCK, _limited(views.list_sources, limit)),
        route("GET", "inventory/sources/{sourceCode}", _STOCK, views.get_source),
        route("GET", "categories", _CATEGORIES, categories.get_tree),
        route(
            "GET",
            "categories/list",
            _CATEGORIES,
            _limited(categories.list_categories, limit),
        ),
        route("GET", "categories/{categoryId}", _CATEGORIES, categories.get_category),
        route(
            "GET",
            "categories/{categoryId}/products",
            _CATEGORIES,
            categories.get_category_products,
        ),
        route(
            "POST",
            "categories/{categoryId}/products",
            _CATEGORIES,
            linking.assign_product,
            f"{_LINK_SERVICE}::save",
        ),
        route(
            "PUT",
            "categories/{categoryId}/products",
            _CATEGORIES,
            linking.assign_product,
            f"{_LINK_SERVICE}::save",
        ),
        route(
            "DELETE",
            "categories/{categoryId}/products/{sku}",
            _CATEGORIES,
            linking.unassign_product,
            f"{_LINK_SERVICE}::deleteByIds",
        ),
        route("GET", "store/storeViews", _STORE, views.list_views),
        route("GET", "store/websites", _STORE, views.list_websites),
        route("GET", "store/storeConfigs", _STORE, views.list_configurations),
        route("GET", "modules", _BACKEND, views.list_modules),
    ]


class Routes:
    """Finds the endpoint behind a path.

    `extra` are endpoints that need more of the store than its catalogue.
    """

    def __init__(self, edition: Edition, extra: list[Route]) -> None:
        self._edition = edition
        limit = MAXIMUM_PAGE_SIZE if edition is Edition.SAAS else None
        self._routes = [*_routes(limit), *extra]
        self._by_operation = {route.operation: route for route in self._routes}

    def by_operation(self, operation: str) -> Route:
        """Return an endpoint by its name.

        Raises:
            KeyError: there is none.
        """
        return self._by_operation[operation]

    def find(self, method: str, raw_path: str, store_header: str | None) -> Target | None:
        """Return where a path leads, or None if to no endpoint.

        Args:
            method: the HTTP method.
            raw_path: the path, still percent-encoded, so that a SKU may hold a slash.
            store_header: the header by which the edition as a service names the scope.

        Raises:
            ApiError: it leads to no interface, such as through a store code that does not exist.
        """
        parts = [unquote(part, errors="replace") for part in raw_path.strip("/").split("/")]
        if parts[0] == "rest":
            parts = parts[1:]
            scope: int | None = DEFAULT_VIEW.id
            if not parts or parts[0] not in ("V1", "async"):
                scope = scope_id(parts.pop(0)) if parts else None
                if scope is None:
                    raise no_interface()
        elif self._edition is Edition.SAAS:
            parts = parts[1:]
            scope = scope_id(store_header) if store_header else DEFAULT_VIEW.id
        else:
            return None
        return None if scope is None else self._find(method, parts, scope)

    def _find(self, method: str, parts: list[str], scope: int) -> Target | None:
        prefixes = {
            ("async", "bulk", "V1"): (True, True),
            ("V1", "async", "bulk"): (True, True),
            ("async", "V1"): (True, False),
            ("V1", "async"): (True, False),
            ("V1",): (False, False),
        }
        for prefix, (asynchronous, bulk) in prefixes.items():
            if tuple(parts[: len(prefix)]) != prefix:
                continue
            if asynchronous and method == "GET":
                raise no_interface()
            rest = tuple(parts[len(prefix) :])
            for route in self._routes:
                if route.method != method or (asynchronous and not route.writes):
                    continue
                path = _bulk_match(route, rest) if bulk else _match(route, rest)
                if path is not None:
                    return Target(route, scope, path, asynchronous, bulk)
            return None
        raise no_interface()


def _match(route: Route, parts: tuple[str, ...]) -> dict[str, str] | None:
    if len(parts) != len(route.pattern):
        return None
    path: dict[str, str] = {}
    for wanted, part in zip(route.pattern, parts, strict=True):
        if wanted.startswith("{"):
            path[wanted.strip("{}")] = part
        elif wanted != part:
            return None
    return None if "" in path.values() else path


def _bulk_match(route: Route, parts: tuple[str, ...]) -> dict[str, str] | None:
    """Match a bulk path, which says `bySku` where a single call's says the SKU."""
    wanted = tuple(f"by{_word(part)}" if part.startswith("{") else part for part in route.pattern)
    return {} if wanted == parts else None
