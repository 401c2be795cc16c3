"""The search fields that ask which products are in which collection, which no copy can tell."""

from collections.abc import Mapping
from typing import Any

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.search_fields import COLLECTION_SEARCH, PRODUCT_SEARCH, VARIANT_SEARCH
from sandbox.shopify.search_syntax import Term
from sandbox.shopify.search_tests import Field, Test, listed_numbers


def product_search(catalogue: Catalogue) -> Mapping[str, Field]:
    """Return the search fields of products."""

    def in_collection(term: Term) -> Test[Any]:
        held = _held(catalogue, term)
        return lambda item: item.id in held

    return {**PRODUCT_SEARCH, "collection_id": in_collection}


def variant_search(catalogue: Catalogue) -> Mapping[str, Field]:
    """Return the search fields of variants."""

    def in_collection(term: Term) -> Test[Any]:
        held = _held(catalogue, term)
        return lambda view: view[0].id in held

    return {**VARIANT_SEARCH, "collection": in_collection}


def collection_search(catalogue: Catalogue) -> Mapping[str, Field]:
    """Return the search fields of collections."""

    def holding(term: Term) -> Test[Any]:
        wanted = listed_numbers(term)
        return lambda item: not wanted.isdisjoint(catalogue.visible_members(item))

    return {**COLLECTION_SEARCH, "product_id": holding}


def _held(catalogue: Catalogue, term: Term) -> frozenset[int]:
    """Return the products of the collections that a condition names."""
    return frozenset(
        product
        for number in listed_numbers(term)
        if number in catalogue.collections
        for product in catalogue.visible_members(catalogue.collections[number])
    )
