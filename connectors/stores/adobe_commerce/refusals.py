"""Reads the bodies of refusals, and strikes out what must not be shown."""

import json
from typing import Any

from pydantic import ValidationError

from connectors.stores.adobe_commerce.answers import REFUSAL, Refusal


def without_secrets(content: bytes, hidden: tuple[str, ...], *, shortest: int = 1) -> bytes:
    """Return an answer without the secrets that it may repeat, plain or written as JSON.

    Those with fewer characters than `shortest` stay: a password of a digit is in every catalogue.
    """
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) < shortest:
            continue
        escaped = json.dumps(secret)[1:-1]
        for form in {secret, escaped, escaped.replace("/", "\\/")}:
            content = content.replace(form.encode(), b"[secret]")
    return content


def refusal_in(content: bytes) -> Refusal | None:
    """Read the body of a refusal; the identity service's own form counts as a message."""
    try:
        body: Any = json.loads(content)
        if isinstance(body, dict) and "message" not in body and isinstance(body.get("error"), str):
            return Refusal(message=body["error"])
        return REFUSAL.validate_python(body)
    except (ValueError, RecursionError, ValidationError):
        return None
