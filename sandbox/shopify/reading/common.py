"""Reads that several types share: counts, empty lists, publication, translations."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.shopify.connections import Connection, check_page_arguments, empty_connection
from sandbox.shopify.context import Info

Resolver = Callable[..., Any]


def count(number: int, limit: int | None = None) -> dict[str, Any]:
    """Return a count, as exact as its limit lets it be."""
    if limit is not None and number > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": number, "precision": "EXACT"}


def empty_page(_source: object, _info: Info, **arguments: Any) -> Connection:  # noqa: ANN401
    """Return a page of something that no sandbox store has, such as media."""
    check_page_arguments(arguments)
    return empty_connection()


TRANSLATABLE: Mapping[str, Resolver] = {"translations": lambda *_, **__: []}

PUBLISHABLE: Mapping[str, Resolver] = {
    "availablePublicationsCount": lambda *_: count(0),
    "publicationCount": lambda *_, **__: 0,
    "publishedOnChannel": lambda *_, **__: False,
    "publishedOnCurrentChannel": lambda *_: False,
    "publishedOnCurrentPublication": lambda *_: False,
    "publishedOnPublication": lambda *_, **__: False,
    "resourcePublicationOnCurrentPublication": lambda *_: None,
    "resourcePublications": empty_page,
    "resourcePublicationsCount": lambda *_, **__: count(0),
    "resourcePublicationsV2": empty_page,
    "unpublishedPublications": empty_page,
}
"""No sandbox store has sales channels, so nothing is published on one."""
