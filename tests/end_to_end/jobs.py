"""Jobs for every template, as they are put to a store of each platform."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.stores.adobe_commerce import AdobeCommerceConnection
from connectors.stores.bigcommerce import BigCommerceConnection
from connectors.stores.shopify import ShopifyConnection
from connectors.templates import PackagedTemplates
from steward.capabilities import Capabilities
from steward.errors import UnsupportedOperation

EVERYTHING = {"everything": "yes"}
CAPABILITIES: Mapping[str, Capabilities] = {
    "shopify": ShopifyConnection.capabilities,
    "bigcommerce": BigCommerceConnection.capabilities,
    "adobe_commerce": AdobeCommerceConnection.capabilities,
}
PLATFORMS = tuple(CAPABILITIES)


@dataclass(frozen=True, slots=True)
class Job:
    """A template with its parameters, and what the test calls it."""

    name: str
    template: str
    parameters: Mapping[str, str]

    @property
    def agent(self) -> str:
        """The agent whose template it is."""
        return PackagedTemplates().template(self.template).agent

    def refusal_on(self, platform: str) -> UnsupportedOperation | None:
        """Return why the platform cannot be asked for the job; None where it can."""
        intent = PackagedTemplates().template(self.template).intent(self.parameters)
        try:
            CAPABILITIES[platform].require(intent)
        except UnsupportedOperation as refusal:
            return refusal
        return None


@dataclass(frozen=True, slots=True)
class Places:
    """What a platform's sandbox calls the places that jobs name."""

    category_to_enter: str
    category_to_leave: str
    location: str


_PLACES = {
    "shopify": Places("staff-picks", "summer", "Main Warehouse"),
    "bigcommerce": Places("Clearance", "Summer", "1"),
    "adobe_commerce": Places("Clearance", "Summer", "default"),
}


def jobs_on(platform: str) -> Iterator[Job]:
    """Yield a job for each thing that a template does, on every product of a store."""
    places = _PLACES[platform]
    yield _job("lower-prices", "bulk-price", percent="-10")
    yield _job("begin-sale", "bulk-price", percent="-10", show_previous="yes")
    yield _job("end-sale", "end-sale")
    yield _job("price-list", "bulk-price", percent="-10", price_list="Wholesale")
    yield _job("restock", "restock", by="7", location=places.location)
    yield _job("retag", "retag", add="Last Chance, sale", remove="SUMMER")
    yield _job(
        "recategorize",
        "recategorize",
        add=places.category_to_enter,
        remove=places.category_to_leave,
    )
    yield _job("title", "rewrite-text", field="title", find="No.", replacement="<Nº>")
    yield _job("description", "rewrite-text", field="description", text="{current}<p>{title}</p>")
    yield _job("seo-title", "rewrite-text", field="seo_title", clear="yes")
    yield _job("seo-description", "rewrite-text", field="seo_description", text="{title} & more")
    for status in ("draft", "hidden", "archived"):
        yield _job(status, "set-status", status=status)


def _job(name: str, template: str, **parameters: str) -> Job:
    return Job(name, template, EVERYTHING | parameters)


@dataclass(frozen=True, slots=True)
class Case:
    """A job on a platform, and `store`, the name of the shop that is there for it alone."""

    platform: str
    job: Job

    @property
    def store(self) -> str:
        """The name of the shop."""
        return f"{self.platform.replace('_', '-')}-{self.job.name}"


CASES: Sequence[Case] = [Case(platform, job) for platform in PLATFORMS for job in jobs_on(platform)]


def case_of(platform: str, job: str) -> Case:
    """Return the case of a platform and a job's name."""
    return next(case for case in CASES if (case.platform, case.job.name) == (platform, job))
