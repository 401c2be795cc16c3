"""Access tokens of the sandbox's stores: made up once and kept in files that only we can read."""

import os
import secrets
from pathlib import Path

from connectors.settings import SecretReference


def access_token_file(data: Path, store: str) -> Path:
    """Return the file that holds a store's access token, with a new one if there is none."""
    folder = data / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / store
    if not file.exists():
        # Readable by us alone from the first moment, and whole from the first moment.
        unfinished = folder / f".{store}.{os.getpid()}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as content:
            content.write(secrets.token_hex(24))
        unfinished.replace(file)
    return file


def reference_to(file: Path) -> SecretReference:
    """Return the reference under which settings name a secret's file."""
    return SecretReference(f"file:{file}")
