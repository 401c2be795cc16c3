"""What `steward doctor` looks at: each check comes to one finding with its remedy."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from steward.catalog import ByTag
from steward.errors import (
    EmptySelection,
    ExitCode,
    StackUnavailable,
    StewardError,
    StoreUnreachable,
)

if TYPE_CHECKING:
    from pathlib import Path

    from temporalio.client import Client

    from connectors.search_attribute_type import SearchAttributeType
    from connectors.settings import Settings
    from steward.ports import AnalyticsDirectory, StoreDirectory

_OLDEST_PYTHON, _TOO_NEW_PYTHON = (3, 11), (3, 14)
_GIGABYTE = 1_000_000_000
_STORE_ANSWERS_WITHIN_SECONDS = 20.0
# A tag that no product bears: asking for it costs next to nothing, and proves the credentials.
_UNUSED_TAG = "steward-doctor-asks"


class Health(StrEnum):
    """How a check went; `WARN` lets everything work for now."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `exit_code` is what the shell is told about a failure."""

    check: str
    health: Health
    message: str
    remedy: str = ""
    exit_code: ExitCode = ExitCode.OK


async def examine(settings: Settings) -> Sequence[Finding]:
    """Return what every check found, in a fixed order; never raises because of a finding."""
    # By itself, since it is given a few seconds, and loading what the others need takes some.
    server = await _server(settings)
    groups = await asyncio.gather(
        _guarded("python", _python()),
        _guarded("disk", _disk(settings.data)),
        _guarded("temporal command", _temporal_command()),
        _guarded("ledger", _ledger(settings)),
        _guarded("policy", _policy(settings)),
        _stores(settings),
        _analytics(settings),
    )
    return [*server, *(finding for group in groups for finding in group)]


async def _guarded(check: str, look: Awaitable[Finding]) -> Sequence[Finding]:
    try:
        return [await look]
    except StewardError as error:
        return [Finding(check, Health.FAIL, error.message, error.remedy, error.exit_code)]


async def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if _OLDEST_PYTHON <= sys.version_info[:2] < _TOO_NEW_PYTHON:
        return Finding("python", Health.OK, f"Python {version}")
    return Finding(
        "python",
        Health.FAIL,
        f"Python {version} is not supported.",
        "Use Python 3.11, 3.12 or 3.13.",
        ExitCode.RUN_FAILED,
    )


async def _disk(data: Path) -> Finding:
    folder = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(folder).free / _GIGABYTE
    message = f"{free:.1f} GB free for {data}"
    if free >= 1:
        return Finding("disk", Health.OK, message)
    health = Health.WARN if free >= 1 / 10 else Health.FAIL
    code = ExitCode.RUN_FAILED if health is Health.FAIL else ExitCode.OK
    return Finding("disk", health, message, "Free some, or set STEWARD_DATA.", code)


async def _temporal_command() -> Finding:
    from starter.stack.description_file import read_description
    from starter.stack.temporal_server import find_command

    try:
        command = find_command(read_description().temporal, os.environ)
    except StackUnavailable as error:
        # Only `steward up` needs it, and not even that where another server is used.
        return Finding("temporal command", Health.WARN, error.message, error.remedy)
    return Finding("temporal command", Health.OK, command)


async def _server(settings: Settings) -> Sequence[Finding]:
    from connectors.temporal import connect

    try:
        client = await connect(settings)
    except StewardError as error:
        return [Finding("server", Health.FAIL, error.message, error.remedy, error.exit_code)]
    groups = await asyncio.gather(
        _guarded("server", _version(client)),
        _guarded("search attributes", _search_attributes(client)),
        *(_guarded(f"queue {queue}", _workers(client, queue)) for queue in _queues(settings)),
        *(
            _guarded(f"fairness {platform}", _fairness(client, platform, settings))
            for platform in _platforms(settings)
        ),
    )
    return [finding for group in groups for finding in group]


async def _version(client: Client) -> Finding:
    from temporalio.api.workflowservice.v1 import GetSystemInfoRequest

    told = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    address = client.service_client.config.target_host
    message = f"Temporal {told.server_version} at {address}, namespace {client.namespace}"
    return Finding("server", Health.OK, message)


async def _search_attributes(client: Client) -> Finding:
    from connectors.search_attributes import command_to_add, missing_search_attributes

    wanted = _wanted_attributes()
    missing = await missing_search_attributes(client, wanted)
    if not missing:
        return Finding("search attributes", Health.OK, ", ".join(wanted))
    return Finding(
        "search attributes",
        Health.FAIL,
        f"The namespace {client.namespace} lacks {', '.join(missing)}: runs would not start.",
        f"Add them with {command_to_add(client.namespace, missing)}.",
        ExitCode.NOT_FOUND,
    )


def _wanted_attributes() -> Mapping[str, SearchAttributeType]:
    from connectors.search_attribute_type import SearchAttributeType
    from workflows.names import SEARCH_ATTRIBUTES

    return {key.name: SearchAttributeType.KEYWORD for key in SEARCH_ATTRIBUTES}


def _queues(settings: Settings) -> Sequence[str]:
    from workflows.names import REASON_QUEUE, WORKFLOW_QUEUE

    return [WORKFLOW_QUEUE, REASON_QUEUE, *_platforms(settings)]


def _platforms(settings: Settings) -> Sequence[str]:
    return sorted({store.platform for store in settings.stores.values()})


async def _fairness(client: Client, queue: str, settings: Settings) -> Finding:
    """Return whether the queue limits each store; whether it takes them in turn is not told."""
    from connectors.dispatch_limits import command_to_limit, dispatch_limit

    wanted = settings.fairness.store_steps_per_second
    limit = await dispatch_limit(client, queue)
    if limit is not None:
        return Finding(
            f"fairness {queue}", Health.OK, f"at most {limit:g} steps of each store a second"
        )
    if not wanted:
        return Finding(
            f"fairness {queue}", Health.OK, "no limit for each store, as the settings say"
        )
    return Finding(
        f"fairness {queue}",
        Health.WARN,
        f"The queue {queue} has no limit for each store: a large backlog of one store costs more, "
        "and may delay others.",
        "Restart the workers, whose log says why they could not set it, or set it with "
        f"{command_to_limit(queue, wanted)}.",
    )


async def _workers(client: Client, queue: str) -> Finding:
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    told = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
    )
    workers = {poller.identity for poller in told.pollers}
    if workers:
        return Finding(f"queue {queue}", Health.OK, f"{len(workers)} worker(s) asked lately")
    return Finding(
        f"queue {queue}",
        Health.FAIL,
        f"No worker has asked the queue {queue} for work in the last minutes: runs would wait.",
        f"Start one with `steward up` or `steward-worker --queues {queue}`.",
        ExitCode.UNREACHABLE,
    )


async def _ledger(settings: Settings) -> Finding:
    from ledger.database import open_ledger
    from ledger.engine import parse_url, place_of

    async with open_ledger(settings.ledger):
        place = place_of(parse_url(settings.ledger))
        return Finding("ledger", Health.OK, f"{place} is reachable and up to date")


async def _policy(settings: Settings) -> Finding:
    from connectors.policy_file import PolicyFile
    from connectors.templates import PackagedTemplates

    book = PolicyFile(settings.policy).book()
    agents = {template.agent for template in PackagedTemplates().templates()}
    unknown = [f"store '{name}'" for name in book.stores if name not in settings.stores]
    unknown += [f"agent '{name}'" for name in book.agents if name not in agents]
    if unknown:
        return Finding(
            "policy",
            Health.WARN,
            f"the file has rules for {', '.join(unknown)}, which nobody knows",
            remedy="Correct the name: until then these rules protect nothing.",
        )
    where = "the built-in rules" if settings.policy is None else f"{settings.policy} can be read"
    return Finding("policy", Health.OK, where)


async def _stores(settings: Settings) -> Sequence[Finding]:
    from connectors.stores.directory import ConfiguredStores

    if not settings.stores:
        return [
            Finding(
                "stores",
                Health.WARN,
                "No store is configured.",
                "Start the sandbox's with `steward up`, or add your own to steward.toml.",
            )
        ]
    async with aclosing(ConfiguredStores(settings.stores)) as directory:
        groups = await asyncio.gather(
            *(_guarded(f"store {name}", _store(directory, name)) for name in settings.stores)
        )
    return [finding for group in groups for finding in group]


async def _store(directory: StoreDirectory, name: str) -> Finding:
    try:
        async with (
            asyncio.timeout(_STORE_ANSWERS_WITHIN_SECONDS),
            directory.open(name) as store,
        ):
            # A search that took place proves the credentials, whether or not it found something.
            with suppress(EmptySelection):
                await store.read_catalog(ByTag(tag=_UNUSED_TAG))
    except TimeoutError as error:
        raise StoreUnreachable(
            f"Store '{name}' does not answer.", remedy="Check its address and the network."
        ) from error
    return Finding(f"store {name}", Health.OK, "answers and accepts the credentials")


async def _analytics(settings: Settings) -> Sequence[Finding]:
    if not settings.analytics:
        return ()
    from connectors.analytics.ga4 import ConfiguredAnalytics

    async with aclosing(ConfiguredAnalytics(settings.analytics)) as directory:
        groups = await asyncio.gather(
            *(
                _guarded(f"analytics {name}", _property(directory, name))
                for name in settings.analytics
            )
        )
    return [finding for group in groups for finding in group]


async def _property(directory: AnalyticsDirectory, name: str) -> Finding:
    try:
        async with (
            asyncio.timeout(_STORE_ANSWERS_WITHIN_SECONDS),
            directory.open(name) as analytics,
        ):
            profile = await analytics.profile()
    except TimeoutError as error:
        raise StoreUnreachable(
            f"Analytics property '{name}' does not answer.",
            remedy="Check its address and the network.",
        ) from error
    told = (
        f"answers; {profile.currency}, {profile.time_zone}, settled until {profile.settled_until}"
    )
    return Finding(f"analytics {name}", Health.OK, told)
