"""Settings: where the ledger, the stores and the development stack are, and who is asking."""

import getpass
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from connectors.secret_reference import SecretReference
from steward.errors import InvalidSettings
from steward.model import Frozen

DATA_DIRECTORY = ".steward"
STACK_DESCRIPTION = "temporal-dev.yaml"
SETTINGS_FILE = "steward.toml"
STATE_FILE = "stack.json"

# What is configured by name, and which of its settings leads to a secret.
_PLAIN = ("data", "fairness", "ledger", "policy", "user", "web_ui")
_SECRETS = {"stores": "access_token", "analytics": "credentials"}


class StoreSettings(Frozen):
    """How one store is reached: its platform, its address and where its access token is kept.

    `options` are numbers that the platform's connector can be told, such as Shopify's
    `bulk_lines_per_second`; none has to be.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    platform: str = Field(min_length=1)
    address: str
    access_token: SecretReference
    options: Mapping[str, float] = Field(default_factory=dict)

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, address: str) -> str:
        return _web_address(address, "https://shop.example.com", "access_token")


class AnalyticsSettings(Frozen):
    """How one analytics property of Google Analytics 4 is read, and where its key is kept.

    `property_id` is the number that Google Analytics shows, which may be written without quotes.
    `credentials` is the place of a service account's JSON key. `address` is Google's, unless a
    stand-in is meant.
    """

    model_config = ConfigDict(hide_input_in_errors=True, coerce_numbers_to_str=True)

    property_id: str
    credentials: SecretReference
    address: str = "https://analyticsdata.googleapis.com"

    @field_validator("property_id")
    @classmethod
    def _is_number(cls, property_id: str) -> str:
        if re.fullmatch(r"[0-9]{1,20}", property_id) is None:
            raise ValueError("must be the property's number, in digits; a G- id is another one")
        return property_id

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, address: str) -> str:
        return _web_address(address, "https://analyticsdata.googleapis.com", "credentials")


def _web_address(address: str, example: str, secret: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"must be a web address, such as '{example}'")
    if parts.username or parts.password:
        raise ValueError(f"must not contain credentials; name them in {secret}")
    return address.rstrip("/")


class FairnessSettings(Frozen):
    """How the stores of a platform share its queue and its worker processes.

    `steps_at_once` is how many steps of a queue one process carries. Of one store these are at
    most `store_steps_at_once` (0: no limit), and `undo_steps_at_once` more that take changes back.
    `store_steps_per_second` is how many steps of one store a queue hands out a second, to all
    processes together (0: what the queue is set to).
    """

    steps_at_once: int = Field(default=100, ge=1, le=10_000)
    store_steps_at_once: int = Field(default=8, ge=0)
    undo_steps_at_once: int = Field(default=4, ge=1)
    store_steps_per_second: float = Field(default=10, ge=0)


class ProcessIdentity(Frozen):
    """A process, told apart from a later one with the same id by the time at which it started."""

    name: str
    pid: int
    started: str


class RunningStack(Frozen):
    """What the development stack says of itself, in its state file, while it runs.

    `web_ui` is None where the Web UI is switched off or the server is somebody else's. `ready` is
    false while parts are still starting. The supervisor is not among the processes.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    supervisor: ProcessIdentity
    started_at: AwareDatetime
    ready: bool
    temporal_address: str
    namespace: str
    web_ui: str | None
    ledger: str = Field(repr=False)
    stores: Mapping[str, StoreSettings]
    analytics: Mapping[str, AnalyticsSettings] = Field(default_factory=dict)
    queues: tuple[str, ...]
    processes: tuple[ProcessIdentity, ...]


def default_user() -> str:
    """Return the login name, or the numeric user where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user-{os.getuid()}"


class Settings(Frozen):
    """Everything that Steward is told about its surroundings.

    `ledger` is a database address, which may hold a password. `stores` and `analytics` are the
    configured stores and analytics properties by name. `user` is who asks and decides. `web_ui` is
    the address of the Temporal Web UI where it is not the development stack's. `stack` is the
    running development stack, if there is one.
    `ledger` is a database address, which may hold a password. `stores` are the configured stores
    by name. `user` is who asks and decides. `web_ui` is the address of the Temporal Web UI where
    it is not the development stack's. `fairness` is how the stores share the workers. `stack` is
    the running development stack, if there is one.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    data: Path
    ledger: str = Field(repr=False, min_length=1)
    stores: Mapping[str, StoreSettings] = Field(default_factory=dict)
    analytics: Mapping[str, AnalyticsSettings] = Field(default_factory=dict)
    user: str = Field(default_factory=default_user, min_length=1, max_length=200)
    web_ui: str | None = None
    policy: Path | None = None
    fairness: FairnessSettings = FairnessSettings()
    stack: RunningStack | None = None

    @field_validator("data")
    @classmethod
    def _is_absolute(cls, data: Path) -> Path:
        return data.expanduser().absolute()


class _LayeredSettings(BaseSettings, Settings):
    """Settings in which the environment goes before what was read from files."""

    model_config = SettingsConfigDict(env_prefix="STEWARD_", env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library fixes the signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load_settings() -> Settings:
    """Return the settings of this process.

    The environment (`STEWARD_LEDGER`, `STEWARD_USER`, `STEWARD_DATA`, `STEWARD_WEB_UI`, and as
    JSON `STEWARD_STORES`, `STEWARD_ANALYTICS` and `STEWARD_FAIRNESS`) goes before `steward.toml`
    (in the working directory, or named by `STEWARD_CONFIG`), then the running development stack,
    then defaults. Stores and analytics properties are merged by name.

    Raises:
        InvalidSettings: a source cannot be read or holds something unusable.
    """
    file, told = _read_settings_file()
    data = Path(os.environ.get("STEWARD_DATA") or told.get("data") or data_directory())
    data = data.expanduser().absolute()
    stack = read_running_stack(data)
    if stack is None:
        return _layered(
            file, told, {"data": data, "ledger": ledger_file_address(data / "ledger.db")}
        )
    below = {"data": data, "ledger": stack.ledger, "stack": stack}
    below |= {"stores": stack.stores, "analytics": stack.analytics}
    return _layered(file, told, below)


def load_settings_for_stack(data: Path, ledger: str) -> Settings:
    """Return what the environment and `steward.toml` say to a stack that is about to start.

    `ledger` is the address that counts where they name none. No running stack is looked at.

    Raises:
        InvalidSettings: a source cannot be read or holds something unusable.
    """
    file, told = _read_settings_file()
    settings = _layered(file, told, {"data": data, "ledger": ledger})
    return settings.model_copy(update={"data": data})


def data_directory() -> Path:
    """Return the folder of the stack's data: beside the nearest stack description, or here."""
    here = Path.cwd()
    if (here / DATA_DIRECTORY).is_dir():
        return here / DATA_DIRECTORY
    for folder in (here, *here.parents):
        if (folder / STACK_DESCRIPTION).is_file():
            return folder / DATA_DIRECTORY
    return here / DATA_DIRECTORY


def ledger_file_address(file: Path) -> str:
    """Return the database address of a ledger that is kept in a file."""
    return f"sqlite+aiosqlite:///{file}"


def read_running_stack(data: Path) -> RunningStack | None:
    """Return the stack that runs on this data, or None; what a killed stack left does not count."""
    try:
        stack = RunningStack.model_validate_json((data / STATE_FILE).read_bytes())
        os.kill(stack.supervisor.pid, 0)
    except PermissionError:
        # Somebody else's process has the id: the stack's own would let us signal it.
        return None
    except (OSError, ValidationError):
        return None
    return stack


def _layered(file: Path | None, told: Mapping[str, Any], below: Mapping[str, Any]) -> Settings:
    """Return the environment's settings over a file's over those below, merged by name."""
    values = {**below, **told, "data": below["data"]}
    for kind in _SECRETS:
        if isinstance(told.get(kind), dict):
            lower = {name: each.model_dump() for name, each in below.get(kind, {}).items()}
            values[kind] = lower | told[kind]
    try:
        return _LayeredSettings(**values)
    except SettingsError as error:
        raise InvalidSettings(
            "A STEWARD_ variable that must be JSON is not.",
            remedy='Write, for instance, STEWARD_STORES=\'{"demo": {"platform": "shopify", '
            '"address": "https://...", "access_token": "env:NAME"}}\'.',
        ) from error
    except ValidationError as error:
        raise _explained(error, file) from None


def _settings_file() -> Path | None:
    named = os.environ.get("STEWARD_CONFIG")
    file = Path(named).expanduser() if named else Path(SETTINGS_FILE)
    if file.is_file():
        return file.absolute()
    if named:
        raise InvalidSettings(
            f"STEWARD_CONFIG names {named}, which is not a file.",
            remedy="Correct it, or unset it.",
        )
    return None


def _read_settings_file() -> tuple[Path | None, dict[str, Any]]:
    file = _settings_file()
    if file is None:
        return None, {}
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            f"{file} cannot be read.", remedy="Make it a readable UTF-8 text file."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{file} is not TOML: {error}.", remedy="Correct it.") from error
    unknown = sorted(told.keys() - {*_PLAIN, *_SECRETS})
    if unknown:
        raise InvalidSettings(
            f"{file} has an unknown setting {unknown[0]!r}.",
            remedy=f"It may hold {', '.join((*_PLAIN, *_SECRETS))}.",
        )
    for name in ("data", "policy"):
        if isinstance(told.get(name), str):
            told[name] = str(file.parent / Path(told[name]).expanduser())
    for kind, secret in _SECRETS.items():
        named = told.get(kind)
        for each in named.values() if isinstance(named, dict) else ():
            place = each.get(secret) if isinstance(each, dict) else None
            if isinstance(place, str) and place.startswith("file:"):
                path = Path(place.removeprefix("file:")).expanduser()
                each[secret] = f"file:{file.parent / path}"
    return file, told


def _explained(error: ValidationError, file: Path | None) -> InvalidSettings:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"])
    variable = f"STEWARD_{str(first['loc'][0]).upper()}" if first["loc"] else ""
    place = variable if variable in os.environ else str(file or variable)
    reason = first["msg"].removeprefix("Value error, ")
    return InvalidSettings(f"The setting {path} cannot be used: {reason}.", remedy=f"See {place}.")
