"""Where a BigCommerce store's API is: one origin for all stores, the store's hash in the path."""

import re
from dataclasses import dataclass

from connectors.http import origin_of
from steward.errors import InvalidSettings

_REMEDY = "Write it like https://api.bigcommerce.com/stores/abc123xyz."
_ADDRESS = re.compile(r"(?P<origin>.+?)(?P<path>/stores/[A-Za-z0-9_-]{1,64})/?")


@dataclass(frozen=True, slots=True)
class ApiAddress:
    """The API's origin, and the path that all of a store's resources are below."""

    origin: str
    path: str


def api_address(address: str) -> ApiAddress:
    """Return where the API of a store is; a bare host name in front of the path means https.

    Raises `InvalidSettings` for an address without a store's hash, or with more behind it, and for
    an origin that `origin_of` refuses.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise InvalidSettings(
            "A BigCommerce store's address ends in /stores/ and the store's hash.", remedy=_REMEDY
        )
    try:
        origin = origin_of(found["origin"])
    except InvalidSettings as error:
        reason = error.message
    else:
        return ApiAddress(origin=origin, path=found["path"])
    raise InvalidSettings(reason, remedy=_REMEDY)
