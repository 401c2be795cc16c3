"""Who is let in, how much may be read, and what disturbs it."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.sandbox.ga4.client import MARCH, PROPERTY, AnalyticsClient
from tests.sandbox.ga4.discovery import faults

ITEMS = {
    "dimensions": [{"name": "itemId"}],
    "metrics": [{"name": "itemsViewed"}],
    "dateRanges": [MARCH],
}
BY_AGE = {
    "dimensions": [{"name": "userAgeBracket"}],
    "metrics": [{"name": "activeUsers"}],
    "dateRanges": [MARCH],
}
WITH_QUOTA = ITEMS | {"returnPropertyQuota": True}


def test_a_signed_assertion_gives_a_token(analytics: AnalyticsClient) -> None:
    """Another each time, for an hour, which opens the property."""
    first, second = (analytics.grant(analytics.assertion()).json() for _ in range(2))
    assert first["access_token"] != second["access_token"]
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3599)
    assert analytics.call("runReport", ITEMS).status_code == 200


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"aud": "https://elsewhere.example/token"}, "invalid_grant"),
        ({"aud": None}, "invalid_grant"),
        ({"iss": "somebody@else.example"}, "invalid_grant"),
        ({"sub": "boss@acme.example"}, "unauthorized_client"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"iat": "now"}, "invalid_grant"),
        ({"header": {"alg": "none"}}, "invalid_grant"),
        ({"header": {"alg": "HS256"}}, "invalid_grant"),
    ],
)
def test_other_assertions_give_none(
    claims: dict[str, object], error: str, analytics: AnalyticsClient
) -> None:
    """In the shape of OAuth 2."""
    response = analytics.grant(analytics.assertion(**claims))
    assert response.status_code in {400, 401}
    assert response.json()["error"] == error
    assert set(response.json()) == {"error", "error_description"}


@pytest.mark.parametrize("times", [{"exp": -1}, {"exp": 7200}, {"iat": 1000, "exp": 1100}])
def test_assertions_of_another_time_give_none(
    times: dict[str, int], analytics: AnalyticsClient
) -> None:
    """Over, good for more than an hour, or not good yet; in seconds from now."""
    now = int(time.time())
    claims = {name: now + seconds for name, seconds in times.items()}
    response = analytics.grant(analytics.assertion(**claims))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def test_google_s_own_audience_is_taken(analytics: AnalyticsClient) -> None:
    """Google's clients name it, whatever address the key gives for the token endpoint."""
    assertion = analytics.assertion(aud="https://oauth2.googleapis.com/token")
    assert analytics.grant(assertion).status_code == 200


@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "....", "e30.e30.e30", "é.é.é"])
def test_what_is_no_assertion_gives_none(assertion: str, analytics: AnalyticsClient) -> None:
    """Also where it is not even readable."""
    assert analytics.grant(assertion).status_code == 400


def test_a_forged_signature_gives_none(analytics: AnalyticsClient) -> None:
    """The claims of one assertion under the signature of another."""
    signed, _, _ = analytics.assertion().rpartition(".")
    _, _, signature = analytics.assertion(exp=int(time.time()) + 60).rpartition(".")
    response = analytics.grant(f"{signed}.{signature}")
    assert response.json()["error_description"] == "Invalid JWT Signature."
    assert analytics.grant(analytics.assertion(), "password").json()["error"] == (
        "unsupported_grant_type"
    )
    raw = analytics.http.post("/token", content=b"\xff\xfe&&=;" * 100)
    assert raw.status_code == 400


def test_tokens_expire_and_are_revoked(analytics: AnalyticsClient) -> None:
    """A refused one gets 401, and says how to sign in."""
    analytics.set("tokens_valid", value=False)
    response = analytics.call("runReport", ITEMS)
    assert response.status_code == 401
    assert response.json()["error"]["status"] == "UNAUTHENTICATED"
    assert response.headers["www-authenticate"].startswith("Bearer")
    analytics.set("token_lifetime_seconds", 0)
    analytics.sign_in()
    expired = analytics.call("runReport", ITEMS).json()["error"]
    assert expired["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"
    analytics.token = "unknown"
    assert analytics.call("runReport", ITEMS).status_code == 401


def test_a_token_for_something_else_is_forbidden(analytics: AnalyticsClient) -> None:
    """And so is another property than the account's."""
    analytics.sign_in(scope="https://www.googleapis.com/auth/cloud-platform")
    assert analytics.refusal("runReport", ITEMS)[:2] == (403, "PERMISSION_DENIED")
    analytics.sign_in(scope="https://www.googleapis.com/auth/analytics")
    headers = {"Authorization": f"Bearer {analytics.token}"}
    assert analytics.call("runReport", ITEMS).status_code == 200
    for number, code in (("457", 403), ("abc", 400), ("", 400)):
        path = f"/v1beta/properties/{number}:runReport"
        assert analytics.http.post(path, json=ITEMS, headers=headers).status_code == code


def test_an_assertion_for_the_service_is_a_token_too(analytics: AnalyticsClient) -> None:
    """As Google's own client uses it, without the token endpoint."""
    analytics.token = analytics.assertion(aud="https://analyticsdata.googleapis.com/", scope=None)
    assert analytics.call("runReport", ITEMS).status_code == 200
    analytics.token = analytics.assertion(aud="https://elsewhere.example/", scope=None)
    assert analytics.call("runReport", ITEMS).status_code == 403


def test_what_the_api_does_not_have_is_not_found(analytics: AnalyticsClient) -> None:
    """Whatever the method."""
    for method, path in (
        ("GET", "/"),
        ("GET", f"{PROPERTY}:runReport"),
        ("POST", f"{PROPERTY}:runMagic"),
        ("DELETE", f"{PROPERTY}/metadata"),
        ("PUT", "/token"),
    ):
        assert analytics.http.request(method, path).status_code == 404


def test_the_quota_is_counted(analytics: AnalyticsClient) -> None:
    """What a report took is gone from every allowance of tokens."""
    first = analytics.answer("runReport", WITH_QUOTA)["propertyQuota"]
    second = analytics.answer("runReport", WITH_QUOTA)["propertyQuota"]
    for name, limit in (
        ("tokensPerDay", 200_000),
        ("tokensPerHour", 40_000),
        ("tokensPerProjectPerHour", 14_000),
    ):
        assert first[name]["remaining"] == limit - first[name]["consumed"]
        assert second[name]["remaining"] == first[name]["remaining"] - second[name]["consumed"]
        assert 0 < second[name]["consumed"] < 10
    assert second["concurrentRequests"] == {"consumed": 0, "remaining": 10}
    assert "propertyQuota" not in analytics.answer("runReport", ITEMS)


def test_refused_requests_take_no_tokens(analytics: AnalyticsClient) -> None:
    """Nor do metadata."""
    analytics.refusal("runReport", {})
    analytics.http.get(f"{PROPERTY}/metadata")
    assert analytics.control("GET", "statistics")["points_actual"] == 0


@pytest.mark.parametrize(
    ("name", "words", "refilled"),
    [
        ("tokensPerHour", "per hour", "2026-03-20T13:00:00-04:00"),
        ("tokensPerProjectPerHour", "for a project per hour", "2026-03-20T13:00:00-04:00"),
        ("serverErrorsPerProjectPerHour", "server errors", "2026-03-20T13:00:00-04:00"),
        ("tokensPerDay", "per day", "2026-03-21T00:00:00-07:00"),
    ],
)
def test_what_is_used_up_is_refused_until_it_is_refilled(
    name: str, words: str, refilled: str, analytics: AnalyticsClient
) -> None:
    """At the full hour, or at midnight Pacific time."""
    analytics.set(name, 0)
    code, status, message = analytics.refusal("runReport", ITEMS)
    assert (code, status) == (429, "RESOURCE_EXHAUSTED")
    assert message.startswith("Exhausted")
    assert words in message
    analytics.set("now", refilled)
    assert analytics.call("runReport", ITEMS).status_code == 200


def test_reports_that_can_be_thresholded_have_an_allowance_of_their_own(
    analytics: AnalyticsClient,
) -> None:
    """Only they take from it; when it is used up the whole property is closed, as documented."""
    analytics.set("potentiallyThresholdedRequestsPerHour", 1)
    assert analytics.call("runReport", ITEMS).status_code == 200
    assert analytics.call("runReport", BY_AGE).status_code == 200
    assert analytics.refusal("runReport", BY_AGE)[0] == 429
    code, _, message = analytics.refusal("runReport", ITEMS)
    assert (code, "thresholded" in message) == (429, True)


def test_the_eleventh_request_at_once_is_refused(analytics: AnalyticsClient) -> None:
    """The ten that are under way are answered."""
    analytics.store.fault("hold_before", count=10, match={"operation": "runReport"})
    number = analytics.control("GET", "faults")[0]["id"]
    with ThreadPoolExecutor(10) as pool:
        held = [pool.submit(analytics.call, "runReport", ITEMS) for _ in range(10)]
        while analytics.control("GET", f"faults/{number}")["held"] < 10:
            time.sleep(0.01)
        code, status, message = analytics.refusal("runReport", ITEMS)
        analytics.control("POST", f"faults/{number}/release")
        assert (code, status) == (429, "RESOURCE_EXHAUSTED")
        assert "concurrent" in message
        assert {answer.result().status_code for answer in held} == {200}
    assert analytics.call("runReport", ITEMS).status_code == 200


def test_faults_disturb_as_they_are_told(analytics: AnalyticsClient) -> None:
    """Server errors count against the quota; the journal stays empty whatever happens."""
    analytics.store.fault("server_error", status=503)
    assert analytics.refusal("runReport", WITH_QUOTA)[:2] == (503, "UNAVAILABLE")
    quota = analytics.answer("runReport", WITH_QUOTA)["propertyQuota"]
    assert quota["serverErrorsPerProjectPerHour"]["remaining"] == 9
    analytics.store.fault("throttle")
    assert analytics.refusal("runReport", ITEMS)[0] == 429
    analytics.store.fault("garbage", match={"operation": "token"})
    assert analytics.call("runReport", ITEMS).status_code == 200
    assert analytics.grant(analytics.assertion()).text.startswith("<html>")
    for kind in ("disconnect", "lost_answer"):
        analytics.store.fault(kind)
        with pytest.raises(httpx.RemoteProtocolError):
            analytics.call("runReport", ITEMS)
    assert analytics.store.journal() == []


def test_edits_that_make_no_sense_are_refused(analytics: AnalyticsClient) -> None:
    """With what is wrong."""
    for resource, field, value in (
        ("item", "now", "2026-03-20T00:00:00Z"),
        ("property", "nothing", 1),
        ("property", "now", "tomorrow"),
        ("property", "now", "2026-03-20T00:00:00"),
        ("property", "sampling_percent", 0),
        ("property", "tokensPerHour", "many"),
        ("property", "concurrentRequests", 1),
    ):
        content = {"resource_id": resource, "field": field, "value": value}
        assert analytics.http.post("/_sandbox/edit", json=content).status_code == 400


def test_every_metadata_answer_fits_the_document(analytics: AnalyticsClient) -> None:
    """Of the property, and of all properties under the number 0."""
    headers = {"Authorization": f"Bearer {analytics.token}"}
    for number in ("456", "0"):
        path = f"/v1beta/properties/{number}/metadata"
        content = analytics.http.get(path, headers=headers).json()
        assert content["name"] == f"properties/{number}/metadata"
        assert faults(content, "Metadata") == []
