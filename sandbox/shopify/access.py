"""Which access scope each root field needs, and which tokens a store accepts."""

import secrets
from collections.abc import Sequence
from hmac import compare_digest
from pathlib import Path

from graphql import FieldNode

ALL_SCOPES = (
    "read_inventory",
    "read_locations",
    "read_products",
    "write_inventory",
    "write_products",
)
"""Every scope that a field of the sandbox can ask for."""

_READ = {
    "inventoryItem": "read_inventory",
    "inventoryItems": "read_inventory",
    "inventoryLevel": "read_inventory",
    "location": "read_locations",
    "locations": "read_locations",
    "locationsCount": "read_locations",
    **dict.fromkeys(
        (
            "collection",
            "collectionByHandle",
            "collectionByIdentifier",
            "collections",
            "collectionsCount",
            "product",
            "productByHandle",
            "productByIdentifier",
            "productTags",
            "productTypes",
            "productVariant",
            "productVariantByIdentifier",
            "productVariants",
            "productVariantsCount",
            "productVendors",
            "products",
            "productsCount",
        ),
        "read_products",
    ),
}
_WITHOUT_SCOPE = ("bulkOperationCancel", "bulkOperationRunMutation", "stagedUploadsCreate")
_MUTATION_PREFIXES = {"inventory": "write_inventory"}


def missing_scope(field: FieldNode, *, mutation: bool, scopes: Sequence[str]) -> str | None:
    """Return the scope that a root field needs and the token lacks, or None."""
    name = field.name.value
    if mutation and name in _WITHOUT_SCOPE:
        return None
    if mutation:
        needed = next(
            (scope for start, scope in _MUTATION_PREFIXES.items() if name.startswith(start)),
            "write_products",
        )
    else:
        found = _READ.get(name)
        if found is None:
            return None
        needed = found
    given = {*scopes, *(scope.replace("write_", "read_", 1) for scope in scopes)}
    return None if needed in given else needed


class AccessTokens:
    """The one token that a store accepts, or any token where no file names one."""

    def __init__(self, path: Path | None) -> None:
        self._token = None if path is None else _token_in(path)

    def accepts(self, token: str | None) -> bool:
        """Tell whether a request with this token is let in."""
        if not token:
            return False
        return self._token is None or compare_digest(token.encode(), self._token.encode())


def _token_in(path: Path) -> str:
    """Return the token in a file, which is written with a new one if it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"shpat_{secrets.token_hex(16)}\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
