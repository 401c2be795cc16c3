"""Signing in: administrators, signatures of integrations, and Adobe's identity service."""

import base64
import hmac
import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest

from sandbox.adobe_commerce.access import Access, SignedRequest
from sandbox.adobe_commerce.problems import ApiError
from sandbox.configuration import Edition
from tests.sandbox.adobe_commerce.shop import Shop, address, criteria, running_shop
from tests.sandbox.running import RunningStore

SKU_PATH = "products/CLO%20000%2F1"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, dict[str, str]]]:
    """Run a store that accepts only what its file of credentials says."""
    folder = tmp_path_factory.mktemp("sandbox")
    file = folder / "credentials.json"
    with running_shop(folder, credentials_file=str(file)) as shop:
        del shop.http.headers["Authorization"]
        yield shop, json.loads(file.read_text())


def _token(shop: Shop, **body: str) -> httpx.Response:
    return shop.http.post("/rest/V1/integration/admin/token", json=body)


def _signed(
    given: dict[str, str], method: str, url: str, digest: str = "sha256", **changed: str
) -> dict[str, str]:
    """Return the header of a signed request, made straight from RFC 5849 for this test alone."""
    fields = {
        "oauth_consumer_key": given["consumer_key"],
        "oauth_token": given["access_token"],
        "oauth_signature_method": f"HMAC-{digest.upper()}",
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": str(time.perf_counter_ns()),
        "oauth_version": "1.0",
        **changed,
    }
    split = urlsplit(url)
    pairs = parse_qsl(split.query, keep_blank_values=True) + list(fields.items())
    ordered = sorted((quote(name, ""), quote(value, "")) for name, value in pairs)
    encoded = [f"{name}={value}" for name, value in ordered]
    bare = f"{split.scheme}://{split.netloc}{split.path}"
    base = f"{method}&{quote(bare, '')}&{quote('&'.join(encoded), '')}"
    key = f"{quote(given['consumer_secret'], '')}&{quote(given['access_token_secret'], '')}"
    made = base64.b64encode(hmac.new(key.encode(), base.encode(), digest).digest()).decode()
    fields["oauth_signature"] = made
    inside = ", ".join(f'{name}="{quote(value, "")}"' for name, value in fields.items())
    return {"Authorization": f"OAuth {inside}"}


def test_an_administrator_signs_in_by_name_and_password(
    guarded: tuple[Shop, dict[str, str]],
) -> None:
    """The answer is the token itself, as a JSON string; it opens the API."""
    shop, given = guarded
    response = _token(shop, username=given["username"], password=given["password"])
    token = response.json()
    assert isinstance(token, str)
    headers = {"Authorization": f"Bearer {token}"}
    assert shop.http.get(address("modules"), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "admin", "password": "wrong"}, 401),
        ({"username": "", "password": ""}, 401),
        ({"username": "admin"}, 400),
        ({}, 400),
    ],
)
def test_wrong_sign_ins_are_refused(
    guarded: tuple[Shop, dict[str, str]], body: dict[str, str], status: int
) -> None:
    """A wrong password gets a 401, a missing one a 400."""
    assert _token(guarded[0], **body).status_code == status


def test_nobody_gets_in_without_credentials(guarded: tuple[Shop, dict[str, str]]) -> None:
    """The refusal names the permission; an integration's token is no bearer token."""
    shop, given = guarded
    for authorization in ("", "Bearer", "Bearer wrong", f"Bearer {given['access_token']}", "x"):
        response = shop.send("GET", address(SKU_PATH), headers={"Authorization": authorization})
        assert response.status_code == 401
        assert response.json()["parameters"] == {"resources": "Magento_Catalog::products"}


def test_an_administrators_token_lasts_four_hours() -> None:
    """One second before it is good, and then no longer."""
    now = [1000.0]
    access = Access(Edition.PAAS, None, None, clock=lambda: now[0])
    token = access.sign_in("admin", "password")
    request = SignedRequest("GET", "http://shop.example/", [], f"Bearer {token}")
    now[0] += 4 * 3600 - 1
    access.admit(request, "x")
    now[0] += 1
    with pytest.raises(ApiError) as caught:
        access.admit(request, "x")
    assert caught.value.status == 401


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "modules", {}),
        ("GET", SKU_PATH, {}),
        ("GET", "products", criteria(("sku", "in", "CLO 000/1,HOM+3%"), pageSize="1")),
        ("POST", "products/base-prices-information", {}),
    ],
)
def test_signed_requests_are_let_in(
    guarded: tuple[Shop, dict[str, str]], method: str, path: str, query: dict[str, str], digest: str
) -> None:
    """Signatures cover the encoded path and the query, and leave a JSON body out."""
    shop, given = guarded
    body = {"skus": ["CLO 000/1"]} if method == "POST" else None
    request = shop.http.build_request(method, address(path), params=query, json=body)
    request.headers.update(_signed(given, method, str(request.url), digest))
    response = shop.http.send(request)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"oauth_token": "other"}, 401),
        ({"oauth_consumer_key": "other"}, 401),
        ({"oauth_timestamp": "1000"}, 401),
        ({"oauth_timestamp": "soon"}, 400),
        ({"oauth_signature_method": "PLAINTEXT"}, 400),
    ],
)
def test_wrong_signatures_are_refused(
    guarded: tuple[Shop, dict[str, str]], changed: dict[str, str], status: int
) -> None:
    """Another token, time or method does not pass."""
    shop, given = guarded
    url = shop.store.address + address("modules")
    response = shop.http.get(url, headers=_signed(given, "GET", url, **changed))
    assert response.status_code == status


def test_a_signature_covers_what_is_asked(guarded: tuple[Shop, dict[str, str]]) -> None:
    """It opens neither another path, nor another query, nor another method, nor twice."""
    shop, given = guarded
    url = shop.store.address + address("store/storeConfigs")
    for other in (url + "?storeCodes=fr", url.replace("storeConfigs", "websites")):
        assert shop.http.get(other, headers=_signed(given, "GET", url)).status_code == 401
    assert shop.http.get(url, headers=_signed(given, "POST", url)).status_code == 401
    wrong = {**given, "access_token_secret": "guess"}
    assert shop.http.get(url, headers=_signed(wrong, "GET", url)).status_code == 401
    once = _signed(given, "GET", url)
    assert shop.http.get(url, headers=once).status_code == 200
    assert shop.http.get(url, headers=once).status_code == 401


def test_incomplete_signatures_name_what_is_missing(
    guarded: tuple[Shop, dict[str, str]],
) -> None:
    """A header without its parts gets a 400 that lists them."""
    shop, _ = guarded
    response = shop.http.get(address("modules"), headers={"Authorization": 'OAuth oauth_nonce="1"'})
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 5


def test_files_of_secrets_are_private(tmp_path: Path) -> None:
    """Made-up credentials are for the owner alone, new for each file, and never shown."""
    files = [tmp_path / name for name in ("a.json", "b.json", "token")]
    for file in files[:2]:
        Access(Edition.PAAS, files[2], file)
    contents = [json.loads(file.read_text()) for file in files[:2]]
    assert contents[0]["password"] != contents[1]["password"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, dict[str, str]]]:
    """Run a store of the edition as a service, which bears few requests."""
    folder = tmp_path_factory.mktemp("sandbox")
    file = folder / "credentials.json"
    settings: dict[str, Any] = {"edition": "saas", "requests_per_second": 2}
    with running_shop(folder, credentials_file=str(file), **settings) as shop:
        given = json.loads(file.read_text())
        shop.http.headers["Authorization"] = f"Bearer {_ims(shop.store, given)}"
        yield shop, given


@pytest.fixture
def saas(service: tuple[Shop, dict[str, str]]) -> Shop:
    """Return the store with its whole allowance."""
    service[0].store.control("POST", "reset")
    return service[0]


def _ims(store: RunningStore, given: dict[str, str]) -> str:
    form = {"grant_type": "client_credentials", "scope": "openid,commerce.accs"}
    form |= {name: given[name] for name in ("client_id", "client_secret")}
    answer = store.http.post("/ims/token/v3", data=form).json()
    assert answer["token_type"] == "bearer"
    return str(answer["access_token"])


def test_the_service_takes_ims_tokens_only(
    saas: Shop, service: tuple[Shop, dict[str, str]]
) -> None:
    """Neither an administrator's sign-in nor a signature opens the edition as a service."""
    given = service[1]
    assert saas.get("modules")
    assert _token(saas, username=given["username"], password=given["password"]).status_code == 404
    url = saas.store.address + address("modules")
    assert saas.http.get(url, headers=_signed(given, "GET", url)).status_code == 401
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    assert saas.http.post("/ims/token/v3", data=form).status_code == 400


def test_the_service_names_the_scope_in_a_header(saas: Shop) -> None:
    """Below the tenant's path, `Store` takes the place of the code in the path."""
    path = "/tenant-1/V1/products/CLO%20000%2F1"
    body = {"product": {"name": "Entête"}}
    response = saas.send("PUT", path, body, headers={"Store": "fr"})
    assert response.json()["name"] == "Entête"
    assert saas.send("GET", path).json()["name"] != "Entête"
    bulk = saas.http.put(
        "/tenant-1/V1/async/bulk/products/bySku", json=[{"product": {"sku": "CLO 000/1"}}]
    )
    assert bulk.status_code == 202
    assert saas.http.get("/tenant-1/V1/modules", headers={"Store": "moon"}).status_code == 404


def test_the_service_limits_requests(saas: Shop) -> None:
    """Above its limit it answers 429 and says for how long; the edition on premises never does."""
    answers = [saas.send("GET", address("modules")) for _ in range(14)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {answer.headers["Retry-After"] for answer in refused} == {"5"}
    assert answers[0].status_code == 200
    figures = saas.store.control("GET", "statistics")
    assert figures["throttled"] == len(refused)
    assert figures["points_actual"] == len(answers) - len(refused)
    assert figures["points_available"] >= 10


def test_the_service_limits_pages(saas: Shop) -> None:
    """A page of more than 300 is refused."""
    query = criteria(pageSize="301")
    assert saas.send("GET", address("products"), params=query).status_code == 400
    assert saas.search(pageSize="300")["items"]


def test_a_refused_write_is_journaled(saas: Shop) -> None:
    """A write above the limit is in the journal as not applied."""
    body = {"product": {"name": "Late"}}
    answers = [saas.send("PUT", address(SKU_PATH, "all"), body) for _ in range(14)]
    refused = sum(answer.status_code == 429 for answer in answers)
    entries = [entry for entry in saas.store.journal() if not entry["applied"]]
    assert len(entries) == refused > 0
    assert {entry["reason"] for entry in entries} == {"429"}
