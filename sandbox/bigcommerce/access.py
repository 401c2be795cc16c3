"""Which token a store accepts, and which scopes it can have."""

import secrets
from collections.abc import Sequence
from hmac import compare_digest
from pathlib import Path

PRODUCTS = "store_v2_products"
INVENTORY = "store_inventory"
INFORMATION = "store_v2_information"
_READ_ONLY = "_read_only"

ALL_SCOPES = (PRODUCTS, INVENTORY, INFORMATION)
"""Every scope that an operation of the sandbox can ask for, each with its read-only twin."""


def is_allowed(scope: str, scopes: Sequence[str], *, writes: bool) -> bool:
    """Tell whether a token with these scopes may do what needs this one."""
    return scope in scopes or (not writes and scope + _READ_ONLY in scopes)


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
        path.write_text(f"{secrets.token_hex(16)}\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
