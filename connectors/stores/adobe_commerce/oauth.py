"""The signature of OAuth 1 (RFC 5849) with HMAC-SHA256, as integrations sign their requests."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import quote

Pairs = Sequence[tuple[str, str]]


def encoded(text: str) -> str:
    """Return the text percent-encoded (RFC 5849, 3.6): all but letters, digits and `-._~`."""
    return quote(text, safe="-._~")


def base_string(method: str, address: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return what is signed (RFC 5849, 3.4.1).

    `address` is scheme, host and path, without a default port; `parameters` are those of the query
    and of the header, decoded, without the realm and the signature itself.
    """
    pairs = sorted((encoded(name), encoded(value)) for name, value in parameters)
    normalized = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), encoded(address), encoded(normalized)))


def signature(text: str, *, consumer_secret: str, token_secret: str) -> str:
    """Return the signature of a base string by HMAC-SHA256, in base 64."""
    key = f"{encoded(consumer_secret)}&{encoded(token_secret)}".encode()
    return b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def authorization_header(parameters: Pairs) -> str:
    """Return the value of the `Authorization` header (RFC 5849, 3.5.1)."""
    pairs = ", ".join(f'{encoded(name)}="{encoded(value)}"' for name, value in parameters)
    return f"OAuth {pairs}"
