"""The connection to the Temporal server: whose it is, how it is reached, where it is seen."""

import asyncio
import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, Interceptor, Plugin
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import GrpcCompression, RPCError, RPCStatusCode

from connectors.settings import Settings, load_settings
from steward.errors import (
    CredentialsRejected,
    InvalidSettings,
    NotFound,
    ServerUnreachable,
    StewardError,
)

DEFAULT_ADDRESS = "127.0.0.1:7233"
DEFAULT_NAMESPACE = "default"
# Somebody waits at a terminal: a server that is there answers within milliseconds, or on a machine
# that has far too much to do within a few seconds.
CONNECT_TIMEOUT = timedelta(seconds=5)
_REACH_REMEDY = "Start it with `steward up`, or name another server in TEMPORAL_ADDRESS."


def configured_server() -> ClientConnectConfig | None:
    """Return the server that TEMPORAL_ADDRESS or a temporal.toml profile names, or None.

    Raises:
        InvalidSettings: the profile, the file or a certificate cannot be read.
    """
    try:
        server = ClientConfig.load_client_connect_config()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidSettings(
            f"Temporal's own settings cannot be used: {first_line(error)}.",
            remedy="Correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or the certificate's path, "
            "or unset them.",
        ) from error
    return server if server.get("target_host") else None


def local_server(address: str, namespace: str) -> ClientConnectConfig:
    """Return a server that asks for no encryption and no credentials, as a dev server does."""
    return ClientConnectConfig(target_host=address, namespace=namespace)


async def connect(
    settings: Settings | None = None,
    *,
    plugins: Sequence[Plugin] = (),
    interceptors: Sequence[Interceptor] = (),
    runtime: Runtime | None = None,
) -> Client:
    """Return a client of the configured server, else the running stack's, else the local one.

    Raises:
        ServerUnreachable: nothing answers there within a few seconds.
        NotFound: the server has no such namespace.
        CredentialsRejected: the server refuses the key, the certificate or the permission.
        InvalidSettings: the settings cannot be read, or name no possible address.
    """
    server = configured_server()
    if server is None:
        stack = (settings or load_settings()).stack
        server = (
            local_server(stack.temporal_address, stack.namespace)
            if stack
            else local_server(DEFAULT_ADDRESS, DEFAULT_NAMESPACE)
        )
    return await connect_to(server, plugins=plugins, interceptors=interceptors, runtime=runtime)


async def connect_to(
    server: ClientConnectConfig,
    *,
    plugins: Sequence[Plugin] = (),
    interceptors: Sequence[Interceptor] = (),
    runtime: Runtime | None = None,
) -> Client:
    """Return a client of this server and no other; raises as `connect` does."""
    address = server.get("target_host", DEFAULT_ADDRESS)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT.total_seconds()):
            client = await Client.connect(
                address,
                namespace=server.get("namespace") or DEFAULT_NAMESPACE,
                api_key=server.get("api_key"),
                tls=server.get("tls"),
                rpc_metadata=server.get("rpc_metadata", {}),
                data_converter=pydantic_data_converter,
                plugins=plugins,
                interceptors=interceptors,
                runtime=runtime,
                # Packing costs processor time and saves nothing where no network is crossed.
                grpc_compression=GrpcCompression.NONE
                if is_loopback(address)
                else GrpcCompression.GZIP,
            )
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=client.namespace)
            )
    except TimeoutError as error:
        raise ServerUnreachable(
            f"The Temporal server at {address} does not answer.", remedy=_REACH_REMEDY
        ) from error
    except RPCError as error:
        raise explained(error, address, server.get("namespace") or DEFAULT_NAMESPACE) from error
    except ValueError as error:
        raise InvalidSettings(
            f"{address!r} is not a server's address.",
            remedy="Write TEMPORAL_ADDRESS as host:port, such as 127.0.0.1:7233.",
        ) from error
    except RuntimeError as error:
        raise _explained_connection(error, address) from error
    return client


def is_loopback(address: str) -> bool:
    """Return whether a host:port address stays on this machine."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def web_ui_address(
    run_id: str, settings: Settings | None = None, *, execution: str | None = None
) -> str | None:
    """Return where a run is seen in the Temporal Web UI, or None where no Web UI is known.

    `run_id` is the workflow's id; without `execution` the Web UI shows its latest execution.
    STEWARD_WEB_UI names the Web UI of a server that is not the development stack's.
    """
    settings = settings or load_settings()
    server = configured_server()
    base, namespace = settings.web_ui, (server or {}).get("namespace")
    if settings.stack is not None:
        namespace = namespace or settings.stack.namespace
        if server is None or server.get("target_host") == settings.stack.temporal_address:
            base = base or settings.stack.web_ui
    if not base:
        return None
    path = f"/namespaces/{quote(namespace or DEFAULT_NAMESPACE, safe='')}/workflows"
    last = f"/{quote(execution, safe='')}" if execution else ""
    return f"{base.rstrip('/')}{path}/{quote(run_id, safe='')}{last}"


def explained(error: RPCError, address: str, namespace: str) -> StewardError:
    """Return the failure of a call to the server, told with its remedy."""
    match error.status:
        case RPCStatusCode.NOT_FOUND:
            return NotFound(
                f"The Temporal server at {address} has no namespace {namespace!r}.",
                remedy="Set TEMPORAL_NAMESPACE, or create it with "
                f"`temporal operator namespace create --namespace {namespace}`.",
            )
        case RPCStatusCode.PERMISSION_DENIED | RPCStatusCode.UNAUTHENTICATED:
            return _refused(address)
        case _:
            return ServerUnreachable(
                f"The Temporal server at {address} answers with an error: {first_line(error)}.",
                remedy=_REACH_REMEDY,
            )


def _explained_connection(error: RuntimeError, address: str) -> StewardError:
    # The library hands every failure to connect over as text.
    text = str(error)
    if "Unauthenticated" in text or "PermissionDenied" in text:
        return _refused(address)
    if "InvalidCertificate" in text or "BadCertificate" in text:
        return CredentialsRejected(
            f"The certificates of the Temporal server at {address} and ours do not agree.",
            remedy="Check TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME and the "
            "client's certificate.",
        )
    if "Unimplemented" in text:
        return ServerUnreachable(
            f"What answers at {address} is not a Temporal server.", remedy=_REACH_REMEDY
        )
    return ServerUnreachable(
        f"The Temporal server at {address} does not answer.", remedy=_REACH_REMEDY
    )


def _refused(address: str) -> CredentialsRejected:
    return CredentialsRejected(
        f"The Temporal server at {address} refuses our credentials.",
        remedy="Check TEMPORAL_API_KEY, the client's certificate and the namespace's permissions.",
    )


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
