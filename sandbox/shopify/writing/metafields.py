"""metafieldsSet and metafieldsDelete."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLEnumType

from sandbox.shopify.context import Info, RequestContext, context_of
from sandbox.shopify.fields import METAFIELD_PREFIX
from sandbox.shopify.reading.collections import APP_NAMESPACE, compare_digest
from sandbox.shopify.reading.nodes import find
from sandbox.shopify.records import Metafield
from sandbox.shopify.writing.common import (
    UserError,
    journal_errors,
    user_error,
    write_metafield,
)
from sandbox.shopify.writing.metafield_values import Known, ValueProblem, stored_value

_MOST = 25
_SHORTEST_NAMESPACE, _LONGEST_NAMESPACE = 3, 255
_SHORTEST_KEY, _LONGEST_KEY = 2, 64
_RESERVED = ("shopify_standard", "protected", "shopify-l10n-fields")
Input = dict[str, Any]
Payload = dict[str, Any]


def set_metafields(_: object, info: Info, metafields: list[Input]) -> Payload:
    """Create or change up to 25 metafields, all or none."""
    context = context_of(info)
    if len(metafields) > _MOST:
        errors = [
            user_error(
                ["metafields"],
                f"Exceeded the maximum metafields input limit of {_MOST}.",
                "LESS_THAN_OR_EQUAL_TO",
            )
        ]
    else:
        errors = [
            error for index, entry in enumerate(metafields) for error in _errors(info, index, entry)
        ]
    if errors:
        journal_errors(context, info.field_name, None, errors)
        return {"metafields": [], "userErrors": errors}
    written = []
    for entry in metafields:
        namespace, key = _name(entry)
        kept = {**entry, "value": _stored(info, entry)}
        write_metafield(context, info.field_name, entry["ownerId"], namespace, key, kept)
        written.append(context.catalogue.metafields[entry["ownerId"]][namespace, key])
    return {"metafields": written, "userErrors": []}


def _name(entry: Input) -> tuple[str, str]:
    return entry.get("namespace") or APP_NAMESPACE, entry["key"]


def _errors(info: Info, index: int, entry: Input) -> Iterator[UserError]:
    path = ["metafields", str(index)]
    namespace, key = _name(entry)
    yield from _length_errors(path, "namespace", namespace, _SHORTEST_NAMESPACE, _LONGEST_NAMESPACE)
    yield from _length_errors(path, "key", key, _SHORTEST_KEY, _LONGEST_KEY)
    if namespace in _RESERVED:
        yield user_error([*path, "namespace"], f"Namespace {namespace} is a reserved namespace")
    if find(info, entry["ownerId"]) is None:
        yield user_error([*path, "ownerId"], "Owner does not exist.", "INVALID")
        return
    before = _present(context_of(info), entry["ownerId"], namespace, key)
    if entry.get("type") is None and before is None:
        yield user_error([*path, "type"], "Type can't be blank", "BLANK")
    try:
        _stored(info, entry)
    except ValueProblem as problem:
        error = user_error([*path, "value"], str(problem), "INVALID_VALUE")
        yield {**error, "elementIndex": problem.element}
    yield from _digest_errors(path, entry, before)


def _stored(info: Info, entry: Input) -> str:
    """Return a value as it is stored.

    Raises:
        ValueProblem: the metafield's type does not take it.
    """
    before = _present(context_of(info), entry["ownerId"], *_name(entry))
    kind = entry.get("type") or (before.type if before else "")
    currencies = info.schema.type_map["CurrencyCode"]
    assert isinstance(currencies, GraphQLEnumType)  # noqa: S101 - the schema says so
    known = Known(currencies.values, lambda identifier: find(info, identifier) is not None)
    return stored_value(kind, entry["value"], known)


def _length_errors(
    path: list[str], name: str, text: str, shortest: int, longest: int
) -> Iterator[UserError]:
    label = name.capitalize()
    if len(text) < shortest:
        yield user_error(
            [*path, name], f"{label} is too short (minimum is {shortest} characters)", "TOO_SHORT"
        )
    if len(text) > longest:
        yield user_error(
            [*path, name], f"{label} is too long (maximum is {longest} characters)", "TOO_LONG"
        )


def _digest_errors(path: list[str], entry: Input, before: Metafield | None) -> Iterator[UserError]:
    if "compareDigest" not in entry:
        return
    wanted = entry["compareDigest"]
    held = None if before is None else compare_digest(before)
    if wanted is not None and len(wanted) != len("0" * 64):
        yield user_error(path, "Invalid `compareDigest` value.", "INVALID_COMPARE_DIGEST")
    elif wanted != held:
        yield user_error(
            path,
            "The resource has been updated since it was loaded. Try again with an updated "
            "`compareDigest` value.",
            "STALE_OBJECT",
        )


def _present(context: RequestContext, owner_id: str, namespace: str, key: str) -> Metafield | None:
    return context.catalogue.metafields.get(owner_id, {}).get((namespace, key))


def delete_metafields(_: object, info: Info, metafields: list[Input]) -> Payload:
    """Delete metafields; those that are not there are answered with null."""
    context = context_of(info)
    deleted: list[Payload | None] = []
    for entry in metafields:
        owner_id, namespace, key = entry["ownerId"], entry["namespace"], entry["key"]
        if _present(context, owner_id, namespace, key) is None:
            context.refuse(info.field_name, "not there", owner_id)
            deleted.append(None)
            continue
        context.write(info.field_name, owner_id, f"{METAFIELD_PREFIX}{namespace}.{key}", None)
        deleted.append({"ownerId": owner_id, "namespace": namespace, "key": key})
    return {"deletedMetafields": deleted, "userErrors": []}
