"""Search attributes: the values by which the Web UI finds and lists runs."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from connectors.search_attribute_type import SearchAttributeType
from connectors.temporal import explained, first_line
from steward.errors import CredentialsRejected, InvalidSettings, ServerUnreachable

# A server may go on using its cached list of attributes; the longest seen was two seconds.
_USABLE_WITHIN = timedelta(seconds=15)


_INDEXED_TYPES = {
    SearchAttributeType.TEXT: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
    SearchAttributeType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    SearchAttributeType.INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
    SearchAttributeType.DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    SearchAttributeType.BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    SearchAttributeType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    SearchAttributeType.KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}


async def missing_search_attributes(
    client: Client, wanted: Mapping[str, SearchAttributeType]
) -> Mapping[str, SearchAttributeType]:
    """Return the attributes that the namespace does not have yet.

    Raises:
        InvalidSettings: an attribute is there with another type, which cannot be changed.
        ServerUnreachable, CredentialsRejected: as `connect` does.
    """
    try:
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        address = client.service_client.config.target_host
        raise explained(error, address, client.namespace) from error
    for name in wanted.keys() & known.custom_attributes.keys():
        if known.custom_attributes[name] != _INDEXED_TYPES[wanted[name]]:
            raise InvalidSettings(
                f"The search attribute {name} exists in namespace {client.namespace} "
                f"with another type than {wanted[name].value}.",
                remedy="Use another namespace, or remove the attribute with "
                f"`temporal operator search-attribute remove --name {name}`.",
            )
    return {name: kind for name, kind in wanted.items() if name not in known.custom_attributes}


async def register_search_attributes(
    client: Client, wanted: Mapping[str, SearchAttributeType]
) -> None:
    """Make the namespace know the attributes, and return once it accepts them in a search.

    Raises:
        CredentialsRejected: attributes are missing and we are not allowed to add them.
        InvalidSettings: an attribute is there with another type.
        ServerUnreachable: the server does not answer, or goes on refusing the new attributes.
    """
    missing = await missing_search_attributes(client, wanted)
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes={name: _INDEXED_TYPES[kind] for name, kind in missing.items()},
            )
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise CredentialsRejected(
                f"The Temporal server lacks the search attributes {', '.join(missing)} and "
                f"does not let us add them: {first_line(error)}.",
                remedy=f"Have them added: {command_to_add(client.namespace, missing)}.",
            ) from error
    await _until_usable(client, missing)


async def _until_usable(client: Client, attributes: Mapping[str, SearchAttributeType]) -> None:
    query = " and ".join(f"{name} is null" for name in attributes)
    try:
        async with asyncio.timeout(_USABLE_WITHIN.total_seconds()):
            while True:
                try:
                    await client.count_workflows(query)
                except RPCError as error:
                    if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                        address = client.service_client.config.target_host
                        raise explained(error, address, client.namespace) from error
                    await asyncio.sleep(0.1)
                else:
                    return
    except TimeoutError as error:
        raise ServerUnreachable(
            f"The Temporal server registered {', '.join(attributes)} but does not use them yet.",
            remedy="Try again in a minute.",
        ) from error


def command_to_add(namespace: str, missing: Mapping[str, SearchAttributeType]) -> str:
    """Return the command by which somebody with the permission adds the attributes."""
    names = " ".join(f"--name {name} --type {kind.value}" for name, kind in missing.items())
    return f"`temporal operator search-attribute create --namespace {namespace} {names}`"
