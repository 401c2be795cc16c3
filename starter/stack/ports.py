"""TCP ports: whether one is free, who has it, and finding a free one."""

import errno
import socket
import subprocess
from contextlib import closing
from pathlib import Path

from starter.stack.description import StackDescription
from steward.errors import InvalidSettings, StackUnavailable

_LISTENING = "0A"


def free_port(host: str) -> int:
    """Return a port of this host that nobody listens on now; raises as `is_free` does."""
    with closing(_socket_for(host)) as probe:
        _bind(probe, host, 0)
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Return whether we could listen on this port.

    Raises:
        InvalidSettings: the host is no address of this machine, or the port is not for us.
    """
    with closing(_socket_for(host)) as probe:
        # A port whose last user has just left counts as free, as it does for the servers.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _bind(probe, host, port)


def with_ports_chosen(description: StackDescription) -> StackDescription:
    """Return the description with a free port in place of every 0.

    Raises:
        StackUnavailable: a port that is asked for is taken.
        InvalidSettings: a host is no address of this machine, or a port is not for us.
    """
    temporal, sandbox = description.temporal, description.sandbox
    hosts = {"temporal.port": temporal.host, "temporal.ui_port": temporal.host}
    chosen: dict[str, int] = {}
    for setting, port in description.ports():
        host = hosts.get(setting, sandbox.host)
        if port and not is_free(host, port):
            raise StackUnavailable(
                f"Port {port} on {host}, {setting} of the stack, is taken{_by_whom(port)}.",
                remedy=f"End that program, or set another {setting} in temporal-dev.yaml"
                f"{_option(setting)}.",
            )
        while not port or port in chosen.values():
            port = free_port(host)  # noqa: PLW2901 - the free port takes the place of the 0
        chosen[setting] = port
    stores = tuple(
        store.model_copy(update={"port": chosen[f"sandbox.stores.{store.name}.port"]})
        for store in sandbox.stores
    )
    update = {"port": chosen["temporal.port"], "ui_port": chosen.get("temporal.ui_port")}
    return description.model_copy(
        update={
            "temporal": temporal.model_copy(update=update),
            "sandbox": sandbox.model_copy(update={"stores": stores}),
        }
    )


def _option(setting: str) -> str:
    options = {"temporal.port": "--port", "temporal.ui_port": "--ui-port"}
    return f" or with {options[setting]}" if setting in options else ""


def _socket_for(host: str) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise InvalidSettings(
            f"The host {host} is not known.",
            remedy="Set `host` in temporal-dev.yaml to 127.0.0.1.",
        ) from error
    return socket.socket(family, socket.SOCK_STREAM)


def _bind(probe: socket.socket, host: str, port: int) -> bool:
    try:
        probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise InvalidSettings(
            f"Nothing of ours can listen on port {port} of {host}: {error.strerror}.",
            remedy="Set `host` in temporal-dev.yaml to 127.0.0.1, and ports above 1023.",
        ) from error
    return True


def _by_whom(port: int) -> str:
    """Return the program that listens on a port, as the end of a sentence; empty if unknown."""
    if Path("/proc/net/tcp").exists():
        return _by_whom_in_proc(port)
    try:
        fields = subprocess.run(  # noqa: S603 - fixed words and a number
            ["/usr/sbin/lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        ).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return ""
    told = {line[:1]: line[1:] for line in fields}
    return f" by {told['c']} (process {told['p']})" if {"c", "p"} <= told.keys() else ""


def _by_whom_in_proc(port: int) -> str:
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in sockets:
                process = link.parent.parent
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                return f" by {name} (process {process.name})"
        except OSError:
            # Gone meanwhile, or somebody else's.
            continue
    return ""


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else []
        for fields in map(str.split, lines):
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes
