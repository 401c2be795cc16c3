"""What the sandbox process is told: which stores to stand in for, where, and how big."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class ConfigurationError(Exception):
    """The configuration cannot be used; the text says what to change."""


class Platform(StrEnum):
    """A platform that the sandbox can stand in for."""

    SHOPIFY = "shopify"
    BIGCOMMERCE = "bigcommerce"
    ADOBE_COMMERCE = "adobe_commerce"
    GA4 = "ga4"


class Plan(StrEnum):
    """A merchant's plan, which decides the allowance of API points."""

    STANDARD = "standard"
    ADVANCED = "advanced"
    PLUS = "plus"
    ENTERPRISE = "enterprise"


class Edition(StrEnum):
    """How Adobe Commerce is run, which decides how clients sign in and whether they are limited."""

    PAAS = "paas"
    SAAS = "saas"


class PriceScope(StrEnum):
    """Whether an Adobe Commerce shop's prices differ by website."""

    GLOBAL = "global"
    WEBSITE = "website"


@dataclass(frozen=True, slots=True)
class StoreConfiguration:
    """One store.

    Attributes:
        name: unique within the process; names the journal's file.
        platform: which platform's API the store speaks.
        port: TCP port; 0 chooses a free one.
        plan: decides points per second and the size of the bucket.
        products: how many products the generated catalogue has; at least 1.
        variants: how many variants they have together; at least as many as products.
        seed: the same seed, products and variants give the same catalogue.
        currency: ISO 4217 code of all prices.
        access_token_file: a file that holds the accepted token; written with a new one if it does
            not exist. None accepts any token that is not empty.
        search_lag_seconds: how long a search does not see a write.
        latency_seconds: how long each answer is held back.
        job_seconds: how long a Shopify store's jobs take, such as adding products to a collection.
        scopes: the access scopes that the token has; None for all that the sandbox knows.
        bulk_lines_per_second: how many lines each bulk operation of a Shopify store runs a second.
        edition: of an Adobe Commerce store.
        price_scope: of an Adobe Commerce store.
        credentials_file: a JSON file with what an Adobe Commerce store accepts besides the token,
            or with the service account that may read an analytics property; written with new
            credentials if it does not exist. None accepts every sign-in.
        bulk_lag_seconds: how long an Adobe Commerce store leaves accepted operations open.
        requests_per_second: how many requests an Adobe Commerce store as a service bears.
        property_number: of an analytics property; None makes one up from the seed.
        time_zone: of an analytics property (IANA), whose days are those of this zone.
        product_ids: the items of an analytics property; None makes up as many as `products`.
        items_of: the Shopify store, configured before an analytics property, whose products are the
            property's items as they were when both started; goes before `product_ids`.
    """

    name: str
    platform: Platform = Platform.SHOPIFY
    port: int = 0
    plan: Plan = Plan.STANDARD
    products: int = 200
    variants: int = 1000
    seed: int = 7
    currency: str = "USD"
    access_token_file: Path | None = None
    search_lag_seconds: float = 1.0
    latency_seconds: float = 0.0
    job_seconds: float = 0.5
    bulk_lines_per_second: float = 50.0
    scopes: tuple[str, ...] | None = None
    edition: Edition = Edition.PAAS
    price_scope: PriceScope = PriceScope.WEBSITE
    credentials_file: Path | None = None
    bulk_lag_seconds: float = 0.5
    requests_per_second: float = 20.0
    property_number: str | None = None
    time_zone: str = "UTC"
    product_ids: tuple[str, ...] | None = None
    items_of: str | None = None


@dataclass(frozen=True, slots=True)
class SandboxConfiguration:
    """The whole process: where its journals live and which stores it serves."""

    data_directory: Path
    stores: tuple[StoreConfiguration, ...]
    host: str = "127.0.0.1"


def read_configuration(path: Path) -> SandboxConfiguration:
    """Read a JSON configuration file.

    Raises:
        ConfigurationError: the file is missing, is not JSON, or holds something unusable.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}.") from error
    return parse_configuration(content)


def parse_configuration(content: object) -> SandboxConfiguration:
    """Check a configuration that was read from JSON.

    Raises:
        ConfigurationError: something in it is unusable.
    """
    if not isinstance(content, dict) or not isinstance(content.get("stores"), list):
        raise ConfigurationError('The configuration must be an object with a list "stores".')
    if not isinstance(content.get("data_directory"), str):
        raise ConfigurationError('The configuration must name a "data_directory".')
    unknown = set(content) - {"data_directory", "host", "stores"}
    if unknown:
        raise ConfigurationError(f"Unknown settings: {', '.join(sorted(unknown))}.")
    stores = tuple(_parse_store(store) for store in content["stores"])
    names = [store.name for store in stores]
    if not stores or len(set(names)) != len(names):
        raise ConfigurationError("Name at least one store, and each store differently.")
    _check_items(stores)
    return SandboxConfiguration(
        data_directory=Path(content["data_directory"]),
        stores=stores,
        host=str(content.get("host", "127.0.0.1")),
    )


def _check_items(stores: tuple[StoreConfiguration, ...]) -> None:
    shops: set[str] = set()
    for store in stores:
        if store.items_of is not None and store.items_of not in shops:
            raise ConfigurationError(
                f"Store {store.name!r}: items_of must name a Shopify store that stands before it."
            )
        if store.platform is Platform.SHOPIFY:
            shops.add(store.name)


_CHOICES: dict[str, type[StrEnum]] = {
    "platform": Platform,
    "plan": Plan,
    "edition": Edition,
    "price_scope": PriceScope,
}


def _parse_store(content: object) -> StoreConfiguration:  # noqa: C901, PLR0912 - one check a setting
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise ConfigurationError('Each store must be an object with a "name".')
    values: dict[str, Any] = dict(content)
    unknown = set(values) - set(StoreConfiguration.__slots__)
    if unknown:
        raise ConfigurationError(
            f"Store {values['name']!r} has unknown settings: {', '.join(sorted(unknown))}."
        )
    try:
        for name, choices in _CHOICES.items():
            if name in values:
                values[name] = choices(values[name])
        for number in ("port", "products", "variants", "seed"):
            if number in values:
                values[number] = int(values[number])
        for decimal in (
            "search_lag_seconds",
            "latency_seconds",
            "job_seconds",
            "bulk_lines_per_second",
            "bulk_lag_seconds",
            "requests_per_second",
        ):
            if decimal in values:
                values[decimal] = float(values[decimal])
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"Store {values['name']!r}: {error}.") from error
    for file in ("access_token_file", "credentials_file"):
        if values.get(file) is not None:
            values[file] = Path(str(values[file]))
    for texts in ("scopes", "product_ids"):
        if values.get(texts) is not None:
            values[texts] = tuple(str(text) for text in values[texts])
    store = StoreConfiguration(**values)
    _check_sizes(store)
    return store


def _check_sizes(store: StoreConfiguration) -> None:
    if not store.name.replace("-", "").replace("_", "").isalnum():
        raise ConfigurationError(f"Store name {store.name!r} must be letters, digits, - and _.")
    if store.products < 1 or store.variants < store.products:
        raise ConfigurationError(
            f"Store {store.name!r} needs at least one product and one variant for each product."
        )
    if not 0 <= store.port <= 65535:  # noqa: PLR2004 - the highest TCP port
        raise ConfigurationError(f"Store {store.name!r}: port {store.port} is out of range.")
    seconds = (
        store.search_lag_seconds,
        store.latency_seconds,
        store.job_seconds,
        store.bulk_lag_seconds,
    )
    if min(seconds) < 0:
        raise ConfigurationError(f"Store {store.name!r}: seconds cannot be negative.")
    number = store.property_number
    if number is not None and not (number.isdigit() and number.isascii()):
        raise ConfigurationError(f"Store {store.name!r}: property_number must be digits.")
    for name, rate in (
        ("requests_per_second", store.requests_per_second),
        ("bulk_lines_per_second", store.bulk_lines_per_second),
    ):
        if rate <= 0:
            raise ConfigurationError(f"Store {store.name!r}: {name} must be above 0.")
