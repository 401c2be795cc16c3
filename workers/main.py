"""The process `steward-worker`: serves task queues until it is told to stop."""

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime

from temporalio.client import Client

from connectors.dispatch_limits import limit_dispatch
from connectors.policy_file import PolicyFile
from connectors.settings import load_settings
from connectors.stores.directory import ConfiguredStores
from connectors.templates import PackagedTemplates
from connectors.temporal import connect
from ledger.database import migrate, open_ledger
from steward.audit_facts import SettingFacts
from steward.errors import ExitCode, StewardError
from steward.policy_book import book_digest
from workers.composition import Composition, fast_runner, sandboxed_runner, serves_stores
from workflows.names import REASON_QUEUE, WORKFLOW_QUEUE

_LOG = logging.getLogger("steward.worker")

_RUNNER_VARIABLE = "STEWARD_WORKFLOW_RUNNER"
_EVERY_QUEUE = f"{WORKFLOW_QUEUE},{REASON_QUEUE},shopify,bigcommerce,adobe_commerce"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the queues named on the command line; ends on SIGTERM and SIGINT."""
    parser = argparse.ArgumentParser(
        prog="steward-worker",
        description="Serves Steward's task queues.",
        epilog=f"Example: steward-worker --queues {WORKFLOW_QUEUE},{REASON_QUEUE},shopify",
    )
    parser.add_argument(
        "--queues",
        default=_EVERY_QUEUE,
        help="task queues to serve, separated by commas (default: %(default)s)",
    )
    parser.add_argument("--name", default=f"worker-{os.getpid()}", help="how the worker is called")
    options = parser.parse_args(arguments)
    queues = [queue.strip() for queue in options.queues.split(",") if queue.strip()]
    try:
        asyncio.run(serve(options.name, queues))
    except StewardError as error:
        sys.stderr.write(f"Error: {error.message}\nTry: {error.remedy}\n")
        raise SystemExit(int(error.exit_code)) from None
    except KeyboardInterrupt:
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None


async def serve(name: str, queues: Sequence[str]) -> None:
    """Serve the queues until a signal says stop; raises `StewardError` where that cannot start."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    # A large change set is a large number of small objects that live on: looking through them
    # again and again took about a third of the time of simulating 100,000 changes.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    settings = load_settings()
    runner = sandboxed_runner if os.environ.get(_RUNNER_VARIABLE) == "sandboxed" else fast_runner
    migrate(settings.ledger)
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(open_ledger(settings.ledger))
        stores = await stack.enter_async_context(aclosing(ConfiguredStores(settings.stores)))
        client = await connect()
        policies = PolicyFile(settings.policy)
        await ledger.note_setting(
            SettingFacts(setting="the policy file", digest=book_digest(policies.book())),
            by="steward",
            at=datetime.now(UTC),
        )
        composition = Composition(
            ledger=ledger,
            stores=stores,
            templates=PackagedTemplates(),
            policies=policies,
            runner=runner(),
            fairness=settings.fairness,
        )
        await limit_platforms(client, queues, settings.fairness.store_steps_per_second)
        for queue in queues:
            await stack.enter_async_context(composition.worker(client, queue))
        sys.stdout.write(json.dumps({"ready": True, "worker": name, "queues": queues}) + "\n")
        sys.stdout.flush()
        await stopping.wait()


async def limit_platforms(client: Client, queues: Sequence[str], steps_per_second: float) -> None:
    """Set the dispatch limit of each store on the platforms' queues.

    A server that refuses is told in one line: runs go on, though less evenly among stores.
    """
    if not steps_per_second:
        return
    for queue in filter(serves_stores, queues):
        try:
            await limit_dispatch(client, queue, steps_per_second)
        except StewardError as refused:
            _LOG.warning("%s %s Runs go on; see `steward doctor`.", refused.message, refused.remedy)
            return
