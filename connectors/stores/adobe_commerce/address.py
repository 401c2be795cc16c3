"""Where a store's API is: a host, what stands before its paths, and which edition answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from connectors.http import origin_of
from steward.errors import InvalidSettings

EVERYWHERE = "all"
"""The scope that all store views inherit from, which can be named for writes only."""

DEFAULT_VIEW = ""
"""The scope that answers where none is named."""

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A store's address: `prefix` is a tenant's id as a service, or the folder of a shop.

    As a service (`as_a_service`) the paths lack the `rest` in front.
    """

    origin: str
    prefix: str
    as_a_service: bool = False

    def path(self, endpoint: str, *, everywhere: bool = False) -> str:
        """Return the path of an endpoint below `V1`; see `place`."""
        return self.place(endpoint, scope=EVERYWHERE if everywhere else DEFAULT_VIEW).path

    def place(self, endpoint: str, *, scope: str = DEFAULT_VIEW, queued: bool = False) -> "Place":
        """Return where an endpoint below `V1` is called in a scope.

        `queued` puts a list of calls into the platform's queue.
        """
        queue = "async/bulk/" if queued else ""
        if self.as_a_service:
            headers = {"Store": scope} if scope else {}
            return Place(f"{self.prefix}/V1/{queue}{endpoint}", headers)
        code = f"{quote(scope, safe='')}/" if scope else ""
        return Place(f"{self.prefix}/rest/{code}{queue}V1/{endpoint}", {})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes: its path, and the headers that belong to it."""

    path: str
    headers: Mapping[str, str]


def address_of(text: str, *, as_a_service: bool = False) -> StoreAddress:
    """Take an address such as `https://shop.example` or one with a tenant's id behind the host.

    Raises `InvalidSettings` for what is no such address.
    """
    try:
        url = httpx.URL(text if "://" in text else f"https://{text}")
    except httpx.InvalidURL:
        raise InvalidSettings(
            "A store's address is no web address.", remedy="Write it like https://shop.example."
        ) from None
    # Without a host the path would be taken for one.
    origin = origin_of(str(url.copy_with(path="/")) if url.host else text)
    prefix = url.raw_path.decode("ascii").rstrip("/")
    if "/rest/" in prefix:
        raise InvalidSettings(
            f"The store address of {url.host} names a store view, and a change there could not be "
            "undone: the API does not tell a value of its own from an inherited one.",
            remedy="Leave out /rest and what follows; Steward writes what all store views inherit.",
        )
    if not _PREFIX.fullmatch(prefix) or prefix.endswith(("/V1", "/rest")):
        raise InvalidSettings(
            f"The store address of {url.host} goes on behind what is the store's.",
            remedy="Leave out what follows the host, or the tenant's id, such as /rest or /V1.",
        )
    return StoreAddress(origin, prefix, as_a_service)
