"""The form of a store's secret: one JSON object, whose `kind` says how the store lets us in."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, SecretStr, TypeAdapter, ValidationError

from steward.errors import InvalidSettings
from steward.model import Frozen

_Text = Annotated[str, Field(min_length=1, max_length=1000)]
_Secret = Annotated[SecretStr, Field(min_length=1, max_length=1000)]

_FORMS = (
    'Write one JSON object: {"kind": "admin", "username": ..., "password": ...}, '
    '{"kind": "oauth1", "consumer_key": ..., "consumer_secret": ..., "access_token": ..., '
    '"access_token_secret": ...} or {"kind": "ims", "client_id": ..., "client_secret": ..., '
    '"organization_id": ...}.'
)
_IMS_SCOPES = (
    "openid,AdobeID,email,profile,additional_info.roles,"
    "additional_info.projectedProductContext,commerce.accs"
)


class _Part(Frozen):
    model_config = ConfigDict(hide_input_in_errors=True, extra="forbid")


class AdminCredentials(_Part):
    """An administrator's name and password, for a token of four hours.

    Accounts with a second factor cannot sign in this way; give those shops an integration.
    """

    kind: Literal["admin"] = "admin"
    username: _Text
    password: _Secret


class IntegrationCredentials(_Part):
    """The four values of an integration, which signs each request by OAuth 1.

    Its access token is no bearer token since release 2.4.4.
    """

    kind: Literal["oauth1"] = "oauth1"
    consumer_key: _Text
    consumer_secret: _Secret
    access_token: _Secret
    access_token_secret: _Secret


class ImsCredentials(_Part):
    """A server-to-server credential of Adobe's identity service (IMS), for the SaaS edition.

    `token_address` is the identity service's base address.
    """

    kind: Literal["ims"] = "ims"
    client_id: _Text
    client_secret: _Secret
    organization_id: _Text | None = None
    scope: _Text = _IMS_SCOPES
    token_address: _Text = "https://ims-na1.adobelogin.com"  # noqa: S105 - no secret


Credentials = Annotated[
    AdminCredentials | IntegrationCredentials | ImsCredentials, Discriminator("kind")
]
_CREDENTIALS: TypeAdapter[Credentials] = TypeAdapter(Credentials)


def parse_credentials(store: str, secret: SecretStr) -> Credentials:
    """Read a store's secret; raises `InvalidSettings` that says what is wrong, but no value."""
    try:
        return _CREDENTIALS.validate_json(secret.get_secret_value())
    except ValidationError as error:
        fault = _fault(error)
    raise InvalidSettings(f"The secret of store '{store}' cannot be used: {fault}.", remedy=_FORMS)


def _fault(error: ValidationError) -> str:
    """Name the first fault and its place; a place that is no field of ours may be a secret."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    known = {
        name
        for model in (AdminCredentials, IntegrationCredentials, ImsCredentials)
        for name in model.model_fields
    }
    place = next((str(step) for step in reversed(first["loc"]) if step in known), "")
    match first["type"]:
        case "missing":
            return f"it lacks '{place}'"
        case "extra_forbidden":
            return "it holds a field that does not belong there"
        case "union_tag_not_found" | "union_tag_invalid":
            return "its 'kind' is none of admin, oauth1 and ims"
        case _:
            return f"'{place}' has an unusable value" if place else "it is no JSON object"
