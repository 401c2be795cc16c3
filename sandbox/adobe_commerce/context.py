"""What one request shares with the code that serves it: the catalogue, the time, its writes."""

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.adobe_commerce.attributes import ATTRIBUTES
from sandbox.adobe_commerce.catalogue import (
    RECORD,
    Catalogue,
    UnknownFieldError,
    attribute_field,
)
from sandbox.adobe_commerce.problems import required, wrong_type
from sandbox.adobe_commerce.records import Product, product_to_document
from sandbox.adobe_commerce.scopes import scopes_written
from sandbox.adobe_commerce.wanted import Wanted, wanted
from sandbox.configuration import PriceScope
from sandbox.journal import Write

_NOTHING = Wanted(None, None, None)


@dataclass(frozen=True, slots=True)
class Shop:
    """What a store says about itself, and how its prices work."""

    name: str
    currency: str
    price_scope: PriceScope


@dataclass(slots=True)
class Call:
    """One call of the API; it changes the catalogue through `write` and its kin only.

    Attributes:
        operation: the platform's name of the call, such as `PutV1ProductsSku`.
        scope: the scope that the path named; the default view's where it named none.
        path: the parameters in the path.
        query: the parameters behind the question mark, in order.
        body: the request's content; empty where there is none.
        at: the time that writes carry, in seconds since 1970.
        unsaved: the SKUs that the price and stock endpoints are to leave as they are; None among
            them stands for all.
        writes: what the call changed or was refused, in order, not yet in the journal.
    """

    catalogue: Catalogue
    shop: Shop
    operation: str
    scope: int
    at: float
    path: Mapping[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    unsaved: Collection[str | None] = ()
    writes: list[Write] = field(default_factory=list)

    def write(self, sku: str, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Set one field, whether or not it changes, and remember it for the journal."""
        before = self.catalogue.read(sku, name)
        self.catalogue.write(sku, name, value, self.at)
        after = self.catalogue.read(sku, name)
        self.writes.append(Write(self.operation, sku, name, before, after))

    def write_attribute(self, product: Product, code: str, scope: int, value: Any) -> None:  # noqa: ANN401
        """Set an attribute in every scope that a write through this one reaches."""
        for number in self.scopes_of(code, scope):
            self.write(product.sku, attribute_field(code, number), value)

    def scopes_of(self, code: str, scope: int) -> tuple[int, ...]:
        """Return the scopes that a write to an attribute through this one reaches."""
        attribute = ATTRIBUTES[code]
        return scopes_written(
            attribute.reach, scope, priced=attribute.priced, price_scope=self.shop.price_scope
        )

    def create(self, product: Product) -> None:
        """Add a product."""
        self.write(product.sku, RECORD, product_to_document(product))

    def refuse(
        self,
        reason: str,
        sku: str | None = None,
        name: str | None = None,
        value: Any = None,  # noqa: ANN401 - any JSON value
    ) -> None:
        """Remember for the journal that a write was wanted and not made."""
        before = None
        if sku is not None and name is not None:
            with contextlib.suppress(UnknownFieldError):
                before = self.catalogue.read(sku, name)
        self.writes.append(
            Write(self.operation, sku, name, before, value, applied=False, reason=reason)
        )

    def refuse_wanted(self, reason: str, operation: str, body: object) -> None:
        """Remember for the journal everything that a refused call of an operation wanted."""
        for sku, name, value in wanted(operation, self.scope, self.path, body) or [_NOTHING]:
            self.refuse(reason, sku, name, value)

    def leaves_out(self, sku: str) -> bool:
        """Tell whether the price and stock endpoints are to leave a product as it is."""
        return None in self.unsaved or sku in self.unsaved

    def part(self, name: str) -> dict[str, Any]:
        """Return an object of the body.

        Raises:
            ApiError: it is missing, or is no object.
        """
        value = self._needed(name)
        if not isinstance(value, dict):
            raise wrong_type(name, value, "object")
        return value

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return a list of objects of the body.

        Raises:
            ApiError: it is missing, or is no list of objects.
        """
        value = self._needed(name)
        if not isinstance(value, list):
            raise wrong_type(name, value, "array")
        for row in value:
            if not isinstance(row, dict):
                raise wrong_type(name, row, "object")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts of the body.

        Raises:
            ApiError: it is missing, or is no list of texts.
        """
        value = self._needed(name)
        if not isinstance(value, list):
            raise wrong_type(name, value, "string[]")
        return [text_of(name, item) or "" for item in value]

    def _needed(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        if self.body.get(name) is None:
            raise required(name)
        return self.body[name]


def text_of(name: str, value: object) -> str | None:
    """Read a text as the platform does, which takes numbers for their digits.

    Raises:
        ApiError: the value is a list or an object.
    """
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise wrong_type(name, value, "string")
    return ("1" if value else "") if isinstance(value, bool) else str(value)
