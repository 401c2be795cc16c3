"""Global identifiers of the form `gid://shopify/Product/123`."""

import re
from dataclasses import dataclass
from functools import lru_cache

_PATTERN = re.compile(r"gid://shopify/([A-Za-z]+)/([^?/\s]+)(?:\?(\S*))?")


@dataclass(frozen=True, slots=True)
class GlobalIdentifier:
    """A parsed identifier; `number` is None where the platform uses something else (a UUID)."""

    kind: str
    key: str
    parameters: str = ""

    @property
    def number(self) -> int | None:
        """The decimal number after the type, or None."""
        return int(self.key) if self.key.isascii() and self.key.isdigit() else None


@lru_cache(maxsize=65536)
def parse_identifier(text: str) -> GlobalIdentifier | None:
    """Return the parts of a global identifier, or None where the text is not one."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    return GlobalIdentifier(match.group(1), match.group(2), match.group(3) or "")


def identifier_number(text: str, kind: str) -> int | None:
    """Return the number of an identifier of this type, or None for any other text."""
    parsed = parse_identifier(text)
    return parsed.number if parsed is not None and parsed.kind == kind else None


def gid(kind: str, number: int) -> str:
    """Return the identifier of a numbered resource."""
    return f"gid://shopify/{kind}/{number}"


def level_gid(level_id: int, inventory_item_id: int) -> str:
    """Return the identifier of an inventory level, which also names its item."""
    return f"gid://shopify/InventoryLevel/{level_id}?inventory_item_id={inventory_item_id}"
