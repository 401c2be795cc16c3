"""What the mutations share: user errors, tags, money and metafields."""

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.shopify.context import Info, RequestContext
from sandbox.shopify.fields import METAFIELD_PREFIX
from sandbox.shopify.reading.collections import APP_NAMESPACE

Resolver = Callable[..., Any]
UserError = dict[str, Any]
MONEY_LIMIT = Decimal(1000000000000000000)
_CENT = Decimal("0.01")
_LONGEST_TAG = 255
_MOST_TAGS = 250


def user_error(field: Iterable[str] | None, message: str, code: str | None = None) -> UserError:
    """Return an error that the platform reports inside a mutation's payload."""
    return {
        "field": None if field is None else list(field),
        "message": message,
        "code": code,
        "elementIndex": None,
    }


def rounded(amount: str) -> Decimal:
    """Return an amount of money as the platform stores it: to the cent, and no zero below zero."""
    stored = Decimal(amount).quantize(_CENT, rounding=ROUND_HALF_UP)
    return stored or abs(stored)


def normal_tags(tags: Iterable[str]) -> list[str]:
    """Return tags as the platform keeps them: trimmed, once each whatever the case, sorted."""
    kept: dict[str, str] = {}
    for tag in tags:
        text = tag.strip()
        if text:
            kept.setdefault(text.lower(), text)
    return [kept[key] for key in sorted(kept)]


def split_tags(tags: Iterable[str]) -> list[str]:
    """Return tags one by one; the platform also takes several in one text, with commas."""
    return [part for tag in tags for part in tag.split(",")]


def too_long(tags: Iterable[str]) -> bool:
    """Tell whether one of these tags is longer than the platform takes."""
    return any(len(tag.strip()) > _LONGEST_TAG for tag in tags)


def too_many(tags: Sequence[str]) -> bool:
    """Tell whether these are more tags than a product can have."""
    return len(tags) > _MOST_TAGS


def set_metafields(
    context: RequestContext, operation: str, owner_id: str, inputs: list[dict[str, Any]] | None
) -> None:
    """Write the metafields that come along with a product, variant or collection."""
    for entry in inputs or []:
        namespace = entry.get("namespace") or APP_NAMESPACE
        key = entry.get("key")
        if key is None or entry.get("value") is None:
            continue
        write_metafield(context, operation, owner_id, namespace, key, entry)


def write_metafield(
    context: RequestContext,
    operation: str,
    owner_id: str,
    namespace: str,
    key: str,
    entry: dict[str, Any],
) -> None:
    """Create or change one metafield."""
    before = context.catalogue.metafields.get(owner_id, {}).get((namespace, key))
    kind = entry.get("type") or (before.type if before else "single_line_text_field")
    context.write(
        operation,
        owner_id,
        f"{METAFIELD_PREFIX}{namespace}.{key}",
        {
            "id": before.id if before else context.catalogue.next_number(),
            "owner_id": owner_id,
            "namespace": namespace,
            "key": key,
            "type": kind,
            "value": entry["value"],
            "created_at": before.created_at if before else context.at,
            "updated_at": context.at,
        },
    )


def journal_errors(
    context: RequestContext,
    operation: str,
    resource_id: str | None,
    errors: list[UserError],
) -> None:
    """Remember for the journal what the platform refused, one entry an error."""
    for error in errors:
        context.refuse(
            operation,
            str(error["code"] or error["message"]),
            resource_id,
            ".".join(error["field"]) if error["field"] else None,
        )


def field_name(info: Info) -> str:
    """Return the mutation's own name, whatever its alias."""
    return info.field_name
