"""The secret of a store: three forms, and a refusal that never repeats a value."""

import json

import pytest
from pydantic import SecretStr

from connectors.stores.adobe_commerce import AdobeCommerceConnection
from connectors.stores.adobe_commerce.address import address_of
from connectors.stores.adobe_commerce.credentials import ImsCredentials, parse_credentials
from connectors.stores.adobe_commerce.sign_in import ImsSignIn
from steward.errors import InvalidSettings
from tests.connectors.adobe_commerce.fakes import ADMIN, CANARIES, IMS


@pytest.mark.parametrize("form", [ADMIN, CANARIES, IMS])
def test_each_form_is_understood_and_shows_no_secret(form: dict[str, str]) -> None:
    """Neither as text nor as a representation."""
    credentials = parse_credentials("acme", SecretStr(json.dumps(form)))
    assert credentials.kind == form["kind"]
    assert "canary" not in repr(credentials) + str(credentials)


WRONG = [
    ("canary-bare-token", "it is no JSON object"),
    ("[]", "it is no JSON object"),
    ("canary:password", "it is no JSON object"),
    ("{}", "'kind' is none of"),
    ('{"kind": "canary"}', "'kind' is none of"),
    (json.dumps({**ADMIN, "password": ""}), "'password' has an unusable value"),
    (json.dumps({"kind": "admin", "username": "canary"}), "it lacks 'password'"),
    (json.dumps({**ADMIN, "canary": "x"}), "does not belong there"),
    (json.dumps({**CANARIES, "access_token": ["canary"]}), "'access_token' has an unusable"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG)
async def test_another_form_is_refused_with_the_remedy(text: str, reason: str) -> None:
    """What is wrong is named; no value, and no name that may be one, is repeated."""
    connection = AdobeCommerceConnection("acme", "https://shop.example")
    with pytest.raises(InvalidSettings, match=reason) as caught:
        connection.store(SecretStr(text))
    assert "canary" not in str(caught.value)
    assert '"kind": "oauth1"' in caught.value.remedy
    assert caught.value.__context__ is None
    await connection.aclose()


async def test_the_identity_service_s_client_is_named_to_the_gateway() -> None:
    """By its id and its organisation, where that is given."""
    credentials = ImsCredentials.model_validate(IMS)
    signing_in = ImsSignIn("acme", credentials)
    assert signing_in.headers() == {"x-api-key": "client", "x-gw-ims-org-id": "ABC@AdobeOrg"}
    await signing_in.aclose()


def test_an_odd_place_of_the_identity_service_is_refused() -> None:
    """The client's secret would go there in the clear."""
    connection = AdobeCommerceConnection("acme", "https://eu.api.example/tenant")
    form = {**IMS, "token_address": "http://ims.example.com"}
    with pytest.raises(InvalidSettings, match="unencrypted"):
        connection.store(SecretStr(json.dumps(form)))


async def test_the_same_secret_keeps_its_token_and_a_new_one_counts_at_once() -> None:
    """A store is opened for every step, and signs in once for all."""
    connection = AdobeCommerceConnection("acme", "https://shop.example")
    first = connection.store(SecretStr(json.dumps(ADMIN)))
    assert connection.store(SecretStr(json.dumps(ADMIN))) is first
    assert connection.store(SecretStr(json.dumps({**ADMIN, "password": "new"}))) is not first
    await connection.aclose()


@pytest.mark.parametrize(
    ("text", "read", "written"),
    [
        ("shop.example", "/rest/V1/x", "/rest/all/V1/x"),
        ("https://shop.example/", "/rest/V1/x", "/rest/all/V1/x"),
        ("http://127.0.0.1:81/magento/", "/magento/rest/V1/x", "/magento/rest/all/V1/x"),
    ],
)
def test_paths_follow_the_address(text: str, read: str, written: str) -> None:
    """A shop may live in a folder; writes name the scope that all store views inherit."""
    address = address_of(text)
    assert address.path("x") == read
    assert address.path("x", everywhere=True) == written


def test_a_tenant_s_paths_have_no_rest_in_front() -> None:
    """They begin with the tenant's id."""
    address = address_of("https://eu.api.example/tenant", as_a_service=True)
    assert address.origin == "https://eu.api.example"
    assert address.path("x") == address.path("x", everywhere=True) == "/tenant/V1/x"


@pytest.mark.parametrize(
    "text",
    [
        "ftp://shop.example",
        "https://",
        "https://user:canary@shop.example",
        "https://shop.example?canary",
        "http://shop.example.com",
        "https://shop.example/rest",
        "https://shop.example/rest/V1",
        "https://shop.example/a%2Fb",
        "https://[",
    ],
)
def test_an_unusable_address_is_refused(text: str) -> None:
    """Also one that would send secrets in the clear; what it holds of them is not repeated."""
    with pytest.raises(InvalidSettings) as caught:
        AdobeCommerceConnection("acme", text)
    assert "canary" not in str(caught.value)
