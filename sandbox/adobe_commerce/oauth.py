"""OAuth 1.0a: the signature of a request, as RFC 5849 defines it."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

_PAIR = re.compile(r'\s*([A-Za-z_]+)="([^"]*)"\s*')
_DIGESTS = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}

SIGNATURE_METHODS = frozenset(_DIGESTS)


def parse_header(value: str) -> dict[str, str]:
    """Return the parameters of an `Authorization: OAuth ...` header, decoded."""
    found: dict[str, str] = {}
    for part in value.partition(" ")[2].split(","):
        match = _PAIR.fullmatch(part)
        if match is not None:
            found[match.group(1)] = unquote(match.group(2), errors="replace")
    return found


def signature(
    *,
    method: str,
    address: str,
    query: Sequence[tuple[str, str]],
    parameters: Mapping[str, str],
    consumer_secret: str,
    token_secret: str,
) -> str:
    """Return the signature that a request must carry.

    Args:
        method: the HTTP method.
        address: scheme, host and path, still percent-encoded.
        query: the decoded parameters behind the question mark.
        parameters: those of the header; its realm and signature do not count.
        consumer_secret: the integration's secret.
        token_secret: the access token's secret.
    """
    signed = [
        (_encoded(name), _encoded(value))
        for name, value in (*query, *parameters.items())
        if name not in ("oauth_signature", "realm")
    ]
    normalized = "&".join(f"{name}={value}" for name, value in sorted(signed))
    base = "&".join((method.upper(), _encoded(address), _encoded(normalized)))
    key = f"{_encoded(consumer_secret)}&{_encoded(token_secret)}"
    digest = _DIGESTS[parameters.get("oauth_signature_method", "")]
    return b64encode(hmac.new(key.encode(), base.encode(), digest).digest()).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~-._")
