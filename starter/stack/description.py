"""What `temporal-dev.yaml` says: the parts of the development stack and where they listen."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from connectors.search_attribute_type import SearchAttributeType
from connectors.settings import DATA_DIRECTORY, ledger_file_address
from steward.model import Frozen

Port = Annotated[int, Field(ge=0, le=65535)]
PartName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
QueueName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Command = Annotated[tuple[str, ...], Field(min_length=1)]

_DYNAMIC_CONFIGURATION: Mapping[str, bool | int | float | str] = {
    "matching.enableFairness": True,
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    "system.forceSearchAttributesCacheRefreshOnRead": False,
}


class TemporalDescription(Frozen):
    """The Temporal dev server.

    Ports of 0 are chosen freely; without `ui_port` there is no Web UI. `database` lies in the data
    directory. `command` is the `temporal` command where it is not found by itself.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Port = 7233
    ui_port: Port | None = 8233
    namespace: str = Field(default="default", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{1,254}$")
    database: Path = Path("temporal.db")
    sqlite_pragmas: Mapping[str, str | int] = Field(
        default_factory=lambda: {"journal_mode": "WAL", "synchronous": "NORMAL"}
    )
    dynamic_configuration: Mapping[str, bool | int | float | str] = Field(
        default_factory=lambda: dict(_DYNAMIC_CONFIGURATION)
    )
    search_attributes: Mapping[str, SearchAttributeType] = Field(
        default_factory=lambda: dict.fromkeys(
            ("StewardStage", "StewardStore", "StewardAgent", "StewardRisk"),
            SearchAttributeType.KEYWORD,
        )
    )
    command: str | None = Field(default=None, min_length=1)

    @field_validator("search_attributes")
    @classmethod
    def _are_names(
        cls, attributes: Mapping[str, SearchAttributeType]
    ) -> Mapping[str, SearchAttributeType]:
        for name in attributes:
            if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is None:
                raise ValueError(f"{name!r} must be letters, digits and _")
        return attributes


ANALYTICS = "ga4"
"""The platform of what is no shop, but an analytics property."""


class SandboxStoreDescription(Frozen):
    """A made-up shop; the same seed, products and variants give the same catalogue.

    Or, with the platform `ga4`, an analytics property with a number of its own, whose days are
    those of `time_zone` and whose items are the products of the Shopify store `items_of`, which
    stands before it.
    """

    name: PartName
    platform: str = Field(default="shopify", min_length=1)
    port: Port = 0
    plan: Literal["standard", "advanced", "plus", "enterprise"] = "advanced"
    products: int = Field(default=200, ge=1)
    variants: int = Field(default=1000, ge=1)
    seed: int = 7
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    search_lag_seconds: float = Field(default=1.0, ge=0)
    latency_seconds: float = Field(default=0.0, ge=0)
    property_number: str | None = Field(default=None, pattern="^[0-9]{1,20}$")
    time_zone: str = Field(default="UTC", min_length=1)
    items_of: PartName | None = None

    @model_validator(mode="after")
    def _has_its_number(self) -> Self:
        if (self.platform == ANALYTICS) != (self.property_number is not None):
            raise ValueError(
                f"a store of the platform {ANALYTICS}, and no other, has property_number"
            )
        return self


class SandboxDescription(Frozen):
    """The process that stands in for the platforms; `command` replaces ours, for trying things."""

    host: str = Field(default="127.0.0.1", min_length=1)
    stores: tuple[SandboxStoreDescription, ...] = (
        SandboxStoreDescription(name="demo", port=8401, latency_seconds=0.3),
        SandboxStoreDescription(
            name="demo-analytics",
            platform=ANALYTICS,
            port=8402,
            latency_seconds=0.2,
            property_number="300000007",
            time_zone="America/New_York",
            items_of="demo",
        ),
    )
    command: Command | None = None


class WorkerDescription(Frozen):
    """Processes that serve the same task queues; `command` replaces `steward-worker`."""

    name: PartName
    queues: Annotated[tuple[QueueName, ...], Field(min_length=1)]
    processes: int = Field(default=1, ge=1, le=16)
    command: Command | None = None


class StackDescription(Frozen):
    """The whole development stack.

    `data` is an absolute folder once read from a file. `ledger` is a file in it, or a database
    address.
    """

    data: Path = Path(DATA_DIRECTORY)
    ledger: str = Field(default="ledger.db", min_length=1, repr=False)
    temporal: TemporalDescription = TemporalDescription()
    sandbox: SandboxDescription = SandboxDescription()
    workers: tuple[WorkerDescription, ...] = (
        WorkerDescription(name="steward", queues=("steward", "reason")),
        WorkerDescription(name="stores", queues=("shopify", "bigcommerce", "adobe_commerce")),
    )

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        for kind, names in (
            ("store", [store.name for store in self.sandbox.stores]),
            ("worker", [worker.name for worker in self.workers]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {kind}s are named {twice[0]!r}")
        users: dict[int, str] = {}
        for setting, port in self.ports():
            if port and users.setdefault(port, setting) != setting:
                raise ValueError(f"{users[port]} and {setting} both want port {port}")
        return self

    def ports(self) -> Iterator[tuple[str, int]]:
        """Yield each port that the stack listens on, with the name of its setting."""
        yield "temporal.port", self.temporal.port
        if self.temporal.ui_port is not None:
            yield "temporal.ui_port", self.temporal.ui_port
        for store in self.sandbox.stores:
            yield f"sandbox.stores.{store.name}.port", store.port

    @property
    def ledger_address(self) -> str:
        """The ledger's database address."""
        return self.ledger if "://" in self.ledger else ledger_file_address(self.data / self.ledger)

    @property
    def queues(self) -> tuple[str, ...]:
        """Every task queue that some worker serves, ordered by name."""
        return tuple(sorted({queue for worker in self.workers for queue in worker.queues}))

    def on_free_ports(self, data: Path, *, web_ui: bool = False) -> Self:
        """Return the same stack on other data and on ports that nobody uses, side by side."""
        stores = tuple(store.model_copy(update={"port": 0}) for store in self.sandbox.stores)
        return self.model_copy(
            update={
                "data": data,
                "temporal": self.temporal.model_copy(
                    update={"port": 0, "ui_port": 0 if web_ui else None}
                ),
                "sandbox": self.sandbox.model_copy(update={"stores": stores}),
            }
        )
