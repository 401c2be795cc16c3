"""Store views, the website they belong to, and which scopes a write through one of them reaches."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.configuration import PriceScope

GLOBAL = 0
"""The identifier of the scope that every store view inherits from."""

ALL = "all"
"""The store code that writes to the global scope."""


class Reach(StrEnum):
    """How far one value of an attribute reaches."""

    GLOBAL = "global"
    WEBSITE = "website"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class StoreView:
    """One view of the shop, in one language."""

    id: int
    code: str
    name: str
    locale: str
    website_id: int = 1
    group_id: int = 1


VIEWS = (
    StoreView(1, "default", "Default Store View", "en_US"),
    StoreView(2, "fr", "French Store View", "fr_FR"),
)
"""Both views belong to the one website: what is scoped to it is the same in both."""

DEFAULT_VIEW = VIEWS[0]
WEBSITE_ID = 1

_CODES = {ALL: GLOBAL, **{view.code: view.id for view in VIEWS}}
_NAMES = {number: code for code, number in _CODES.items()}


def scope_id(code: str) -> int | None:
    """Return the identifier of the scope with this store code, or None."""
    return _CODES.get(code)


def scope_code(number: int) -> str:
    """Return the store code of a scope: `all` for the global one.

    Raises:
        KeyError: there is no such scope.
    """
    return _NAMES[number]


def is_scope(number: int) -> bool:
    """Tell whether a scope has this identifier."""
    return number in _NAMES


def scopes_written(
    reach: Reach, number: int, *, priced: bool, price_scope: PriceScope
) -> tuple[int, ...]:
    """Return the scopes that a write through one scope reaches.

    Args:
        reach: how far the attribute's values reach.
        number: the scope that the request names.
        priced: whether the attribute follows the shop's setting for prices.
        price_scope: that setting.
    """
    if priced and price_scope is PriceScope.GLOBAL:
        reach = Reach.GLOBAL
    if number == GLOBAL or reach is Reach.GLOBAL:
        return (GLOBAL,)
    if reach is Reach.STORE:
        return (number,)
    website = next(view.website_id for view in VIEWS if view.id == number)
    return tuple(view.id for view in VIEWS if view.website_id == website)
