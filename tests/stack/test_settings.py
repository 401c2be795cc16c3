"""Where settings come from, in which order, and that secrets stay unseen."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.secret_reference import SecretReference
from connectors.settings import (
    AnalyticsSettings,
    ProcessIdentity,
    RunningStack,
    StoreSettings,
    load_settings,
)
from steward.errors import InvalidSettings

SECRET = "a-very-secret-token"


def store(address: str) -> dict[str, str]:
    """Return a store as settings write it."""
    return {"platform": "shopify", "address": address, "access_token": "env:TOKEN"}


def write_state(data: Path, *, supervisor: int) -> None:
    """Write the state file of a stack that this process is said to supervise."""
    stack = RunningStack(
        supervisor=ProcessIdentity(name="up", pid=supervisor, started="1"),
        started_at=datetime.now(UTC),
        ready=True,
        temporal_address="127.0.0.1:7999",
        namespace="default",
        web_ui="http://127.0.0.1:8999",
        ledger="sqlite:////of/the/stack",
        stores={"demo": StoreSettings.model_validate(store("http://127.0.0.1:1"))},
        analytics={
            "demo-analytics": AnalyticsSettings(
                property_id="300000007",
                credentials=SecretReference("env:KEY"),
                address="http://127.0.0.1:2",
            )
        },
        queues=("steward",),
        processes=(),
    )
    data.mkdir(parents=True, exist_ok=True)
    (data / "stack.json").write_text(stack.model_dump_json())


def test_defaults_lie_in_the_working_directory() -> None:
    """Without any setting the ledger is a file in .steward, here."""
    settings = load_settings()
    assert settings.data == Path.cwd() / ".steward"
    assert settings.ledger == f"sqlite+aiosqlite:///{Path.cwd()}/.steward/ledger.db"
    assert settings.stores == {}
    assert settings.analytics == {}
    assert settings.user
    assert settings.stack is None


def test_each_source_goes_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment goes before steward.toml, that before the stack, that before defaults."""
    write_state(Path(".steward"), supervisor=os.getpid())
    assert load_settings().ledger == "sqlite:////of/the/stack"
    Path("steward.toml").write_text('ledger = "sqlite:////of/the/file"\nuser = "filed"\n')
    assert load_settings().ledger == "sqlite:////of/the/file"
    monkeypatch.setenv("STEWARD_LEDGER", "sqlite:////of/the/environment")
    settings = load_settings()
    assert settings.ledger == "sqlite:////of/the/environment"
    assert settings.user == "filed"
    assert settings.stack is not None
    assert settings.stack.temporal_address == "127.0.0.1:7999"


def test_fairness_is_told_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out of the shares of stores has its default; a share below 0 is refused."""
    Path("steward.toml").write_text("[fairness]\nstore_steps_at_once = 4\n")
    fairness = load_settings().fairness
    assert (fairness.store_steps_at_once, fairness.store_steps_per_second) == (4, 10)
    monkeypatch.setenv("STEWARD_FAIRNESS", '{"store_steps_per_second": -1}')
    with pytest.raises(InvalidSettings, match=r"fairness\.store_steps_per_second"):
        load_settings()


def test_stores_of_all_sources_are_merged_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of one's own stands beside the sandbox's; of two with one name the earlier counts."""
    write_state(Path(".steward"), supervisor=os.getpid())
    Path("steward.toml").write_text(
        "[stores.mine]\nplatform = 'shopify'\naddress = 'https://mine.example'\n"
        "access_token = 'file:tokens/mine'\n"
        "[stores.other]\nplatform = 'shopify'\naddress = 'https://file.example'\n"
        "access_token = 'env:TOKEN'\n"
    )
    monkeypatch.setenv("STEWARD_STORES", json.dumps({"other": store("https://variable.example/")}))
    addresses = {name: found.address for name, found in load_settings().stores.items()}
    assert addresses == {
        "demo": "http://127.0.0.1:1",
        "mine": "https://mine.example",
        "other": "https://variable.example",
    }
    token = load_settings().stores["mine"].access_token
    assert str(token) == f"file:{Path.cwd()}/tokens/mine"


def property_(number: object, **changes: str) -> dict[str, object]:
    """Return an analytics property as settings write it."""
    return {"property_id": number, "credentials": "env:KEY", **changes}


def test_properties_of_all_sources_are_merged_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As stores are; a key's file lies beside steward.toml, and Google's address is the default."""
    write_state(Path(".steward"), supervisor=os.getpid())
    Path("steward.toml").write_text(
        "[analytics.mine]\nproperty_id = 123456789\ncredentials = 'file:keys/mine.json'\n"
        "[analytics.other]\nproperty_id = '1'\ncredentials = 'env:KEY'\n"
    )
    monkeypatch.setenv("STEWARD_ANALYTICS", json.dumps({"other": property_("2")}))
    found = load_settings().analytics
    assert {name: each.property_id for name, each in found.items()} == {
        "demo-analytics": "300000007",
        "mine": "123456789",
        "other": "2",
    }
    assert found["mine"].address == "https://analyticsdata.googleapis.com"
    assert str(found["mine"].credentials) == f"file:{Path.cwd()}/keys/mine.json"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (property_("G-12345"), "a G- id is another one"),
        (property_(12.5), "must be the property's number"),
        (property_([7]), "property_id"),
        (property_("1", credentials=SECRET), "credentials"),
        (property_("1", address="analyticsdata.googleapis.com"), "must be a web address"),
        (property_("1", address=f"https://me:{SECRET}@there.example"), "must not contain"),
        (property_("1", key="x"), "key"),
    ],
)
def test_unusable_property_is_told_without_its_secrets(
    told: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake names the setting, and never repeats what was written there."""
    monkeypatch.setenv("STEWARD_ANALYTICS", json.dumps({"mine": told}))
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert "analytics.mine" in caught.value.message
    assert words in caught.value.message
    assert "STEWARD_ANALYTICS" in caught.value.remedy
    assert SECRET not in str(caught.value)


def test_state_of_a_dead_stack_does_not_count() -> None:
    """What a killed stack left behind is not taken for a running one."""
    # No process has this id: the kernel's limit is far below.
    write_state(Path(".steward"), supervisor=2**31 - 1)
    assert load_settings().stack is None


def test_data_lie_beside_the_description_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running stack is found from any folder below its description."""
    (tmp_path / "temporal-dev.yaml").write_text("")
    write_state(tmp_path / ".steward", supervisor=os.getpid())
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert load_settings().stack is not None


def test_data_directory_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STEWARD_DATA leads to the running stack, wherever one is, and may be relative."""
    write_state(tmp_path / "d", supervisor=os.getpid())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEWARD_DATA", "d")
    settings = load_settings()
    assert settings.data == tmp_path / "d"
    assert settings.stack is not None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("ledger = ", "is not TOML"),
        ("legder = 'x'", "unknown setting 'legder'"),
        ("stores = 3", "stores"),
        ("[stores.a]\nplatform = 'shopify'", "stores.a.address"),
        (f"[stores.a]\naccess_token = '{SECRET}'", "stores.a"),
    ],
)
def test_unusable_file_is_told_without_its_secrets(content: str, told: str) -> None:
    """A mistake in steward.toml names the setting and never repeats what was written there."""
    Path("steward.toml").write_text(content)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert told in caught.value.message
    assert "steward.toml" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        '{"a": ',
        json.dumps({"a": store("https://a.example") | {"access_token": SECRET}}),
        json.dumps({"a": store(f"https://user:{SECRET}@a.example")}),
        json.dumps({"a": store("a.example")}),
    ],
)
def test_unusable_variable_is_told_without_its_secrets(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in STEWARD_STORES names the variable and never repeats a secret."""
    monkeypatch.setenv("STEWARD_STORES", content)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert "STEWARD_STORES" in str(caught.value)
    assert SECRET not in repr(caught.value) + repr(caught.value.__cause__)


def test_named_settings_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings file that was named and is missing is not passed over."""
    monkeypatch.setenv("STEWARD_CONFIG", "absent.toml")
    with pytest.raises(InvalidSettings, match="STEWARD_CONFIG names absent"):
        load_settings()


def test_secret_is_resolved_from_variable_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reference leads to the secret, without the line break that editors add."""
    monkeypatch.setenv("TOKEN", SECRET)
    (tmp_path / "token").write_text(f"{SECRET}\n")
    for reference in ("env:TOKEN", f"file:{tmp_path}/token"):
        assert SecretReference(reference).resolve().get_secret_value() == SECRET


@pytest.mark.parametrize("reference", ["env:NOT_SET", "file:/absent/token", "file:/"])
def test_missing_secret_is_told_with_a_remedy(reference: str) -> None:
    """A variable or file that is missing is named, together with what to do."""
    with pytest.raises(InvalidSettings) as caught:
        SecretReference(reference).resolve()
    assert reference.partition(":")[2] in caught.value.message
    assert caught.value.remedy


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither settings nor a secret nor a refused reference can be printed by mistake."""
    monkeypatch.setenv("TOKEN", SECRET)
    monkeypatch.setenv("STEWARD_STORES", json.dumps({"a": store("https://a.example")}))
    monkeypatch.setenv("STEWARD_LEDGER", f"postgresql://me:{SECRET}@host/steward")
    settings = load_settings()
    with pytest.raises(ValidationError) as caught:
        SecretReference(SECRET)
    shown = (settings, settings.stores["a"].access_token.resolve(), caught.value)
    assert all(SECRET not in f"{value!r} {value!s}" for value in shown)
