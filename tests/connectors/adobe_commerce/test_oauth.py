"""The signature of OAuth 1: known requests have known signatures."""

import httpx
import pytest

from connectors.stores.adobe_commerce import oauth
from connectors.stores.adobe_commerce.address import address_of
from connectors.stores.adobe_commerce.authentication import OutgoingRequest, authentication_for
from connectors.stores.adobe_commerce.credentials import IntegrationCredentials
from tests.connectors.adobe_commerce.fakes import CANARIES, Noon

RFC_PARAMETERS = [
    ("b5", "=%3D"),
    ("a3", "a"),
    ("c@", ""),
    ("a2", "r b"),
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("c2", ""),
    ("a3", "2 q"),
]
RFC_BASE_STRING = (
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D"
    "%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a"
    "%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3D"
    "kkk9d7dh3k39sjv7"
)


def test_the_base_string_is_that_of_the_standard() -> None:
    """The example of RFC 5849, 3.4.1.1: parameters that repeat, are empty, or need encoding."""
    assert (
        oauth.base_string("post", "http://example.com/request", RFC_PARAMETERS) == RFC_BASE_STRING
    )


SIGNATURES = [
    (
        RFC_BASE_STRING,
        "j49sk3j29djd",
        "dh893hdasih9",
        "lIfydhbOitvsm4DvUwgM0NdR1Mzd08HnXI+q+EG0QKo=",
    ),
    (
        "GET&https%3A%2F%2Fshop.example%2Frest%2FV1%2Fproducts&a%3D1",
        "s &",
        "ü/",
        "jPrW+uACT4NTlewK8WtKgoWQUCOhojjIFHGEjXDjQc8=",
    ),
]


@pytest.mark.parametrize(("text", "consumer", "token", "expected"), SIGNATURES)
def test_signatures_are_those_of_another_implementation(
    text: str, consumer: str, token: str, expected: str
) -> None:
    """Reckoned with `openssl dgst -sha256 -hmac`, keys percent-encoded by hand."""
    assert oauth.signature(text, consumer_secret=consumer, token_secret=token) == expected


async def test_each_request_is_signed_with_its_own_nonce() -> None:
    """The header names what the store needs, and none of the secrets but the token."""
    credentials = IntegrationCredentials.model_validate(CANARIES)
    address = address_of("https://shop.example")
    async with httpx.AsyncClient() as client:
        signing = authentication_for("acme", credentials, address, client, Noon())
    request = OutgoingRequest("GET", "https://shop.example/rest/V1/products", [("a", "b c")])

    headers = [(await signing.headers(request))["Authorization"] for _ in range(2)]

    assert headers[0] != headers[1]
    for header in headers:
        assert header.startswith('OAuth oauth_consumer_key="consumer-key", oauth_nonce="')
        assert 'oauth_signature_method="HMAC-SHA256", oauth_timestamp="1782907200"' in header
        assert "canary-consumer-secret" not in header
        assert "canary-token-secret" not in header
    assert not signing.refused({})
