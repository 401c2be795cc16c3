"""What lets us into the sandbox's stores: made up once and kept in files that only we can read."""

import json
import os
import secrets
from pathlib import Path

from connectors.secret_reference import SecretReference
from starter.stack.description import ANALYTICS, SandboxStoreDescription

_ADMINISTRATOR = "admin"


def access_token_file(data: Path, store: str) -> Path:
    """Return the file that holds a store's access token, with a new one if there is none."""
    return _secret_file(data, store, secrets.token_hex(24))


def secret_file(data: Path, store: SandboxStoreDescription) -> Path:
    """Return the file that holds what the connector of the store's platform signs in with."""
    if store.platform != "adobe_commerce":
        return access_token_file(data, store.name)
    sign_in = {"username": _ADMINISTRATOR, "password": secrets.token_hex(24)}
    return _secret_file(data, store.name, json.dumps({"kind": "admin", **sign_in}))


def service_account_file(data: Path, name: str) -> Path:
    """Return the file of an analytics property's key; the sandbox itself makes up what is in it."""
    return _folder(data) / f"{name}.json"


def sandbox_access(data: Path, store: SandboxStoreDescription) -> dict[str, str]:
    """Return the part of the sandbox's configuration that says whom the store lets in."""
    if store.platform == ANALYTICS:
        return {"credentials_file": str(service_account_file(data, store.name))}
    if store.platform != "adobe_commerce":
        return {"access_token_file": str(access_token_file(data, store.name))}
    sign_in = json.loads(secret_file(data, store).read_text(encoding="utf-8"))
    accepted = {name: sign_in[name] for name in ("username", "password")}
    file = _secret_file(data, f"{store.name}.accepted", json.dumps(accepted))
    return {"credentials_file": str(file)}


def reference_to(file: Path) -> SecretReference:
    """Return the reference under which settings name a secret's file."""
    return SecretReference(f"file:{file}")


def _secret_file(data: Path, name: str, content: str) -> Path:
    folder = _folder(data)
    file = folder / name
    if not file.exists():
        # Readable by us alone from the first moment, and whole from the first moment.
        unfinished = folder / f".{name}.{os.getpid()}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as written:
            written.write(content)
        unfinished.replace(file)
    return file


def _folder(data: Path) -> Path:
    folder = data / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
