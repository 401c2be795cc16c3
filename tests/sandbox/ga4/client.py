"""A client of the sandbox's analytics property that signs its assertions by itself."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.sandbox.ga4.discovery import faults
from tests.sandbox.running import RunningStore

PROPERTY = "/v1beta/properties/456"
READONLY = "https://www.googleapis.com/auth/analytics.readonly"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MARCH = {"startDate": "2026-03-01", "endDate": "2026-03-07"}
RESPONSES = {
    "runReport": "RunReportResponse",
    "batchRunReports": "BatchRunReportsResponse",
    "runRealtimeReport": "RunRealtimeReportResponse",
    "checkCompatibility": "CheckCompatibilityResponse",
}


class AnalyticsClient:
    """Signs in, asks, and checks every answer against the platform's document."""

    def __init__(self, store: RunningStore, key_file: Path) -> None:
        self.store = store
        self.http = store.http
        self.control = store.control
        self.account: dict[str, str] = json.loads(key_file.read_text())
        self.token = ""
        key = serialization.load_pem_private_key(self.account["private_key"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key

    def set(self, field: str, value: object) -> None:
        """Edit the property."""
        content = {"resource_id": "property", "field": field, "value": value}
        self.control("POST", "edit", content)

    def assertion(self, header: object = None, **changes: object) -> str:
        """Return a signed assertion; a claim that is changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.account["client_email"],
            "aud": self.account["token_uri"],
            "scope": READONLY,
            "iat": now,
            "exp": now + 3600,
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        signed = f"{_part(header or {'alg': 'RS256', 'typ': 'JWT'})}.{_part(kept)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"

    def grant(self, assertion: str, grant_type: str = GRANT) -> httpx.Response:
        """Ask for a token."""
        return self.http.post("/token", data={"grant_type": grant_type, "assertion": assertion})

    def sign_in(self, **claims: object) -> None:
        """Fetch a token for the calls that follow."""
        self.token = self.grant(self.assertion(**claims)).json()["access_token"]

    def call(self, method: str, body: object, **parameters: str) -> httpx.Response:
        """Call a method of the property."""
        return self.http.post(
            f"{PROPERTY}:{method}",
            content=body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}"},
            params=parameters,
        )

    def answer(self, method: str, body: object) -> dict[str, Any]:
        """Return an answer that has status 200 and fits the platform's document."""
        response = self.call(method, body)
        assert response.status_code == 200, response.text
        content: dict[str, Any] = response.json()
        assert faults(content, RESPONSES[method]) == []
        return content

    def report(self, dimensions: str, metrics: str, **rest: object) -> dict[str, Any]:
        """Return a report; the names are separated by spaces, the days those of `MARCH`."""
        body = {
            "dimensions": [{"name": name} for name in dimensions.split()],
            "metrics": [{"name": name} for name in metrics.split()],
            "dateRanges": [MARCH],
        }
        return self.answer("runReport", body | rest)

    def refusal(self, method: str, body: object) -> tuple[int, str, str]:
        """Return code, status and message of an error in the platform's shape."""
        response = self.call(method, body)
        error = response.json()["error"]
        assert error["code"] == response.status_code
        assert (
            faults({name: value for name, value in error.items() if name != "status"}, "Status")
            == []
        )
        return response.status_code, error["status"], error["message"]


def cells(report: dict[str, Any]) -> list[tuple[list[str], list[str]]]:
    """Return the rows of a report as plain texts."""
    return [
        (
            [value["value"] for value in row.get("dimensionValues", [])],
            [value["value"] for value in row.get("metricValues", [])],
        )
        for row in report.get("rows", [])
    ]


def _part(content: object) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
