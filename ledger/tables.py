"""The tables of the ledger. Their names and columns are data: changing one takes a migration."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, JsonValue
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlmodel import Field, SQLModel

from ledger.columns import Instant, PydanticJson, word
from steward.approvals import DecisionRefusal, DecisionVerdict, Door
from steward.audit import AuditKind
from steward.catalog import Selection
from steward.changes import FieldName, Outcome, ResourceKind
from steward.intents import Intent
from steward.runs import Control, RunKind, RunStatus, Stage
from steward.simulation import Simulation
from steward.values import Value

_NAME = Text()
_DIGEST = String(64)
_SHORT_DIGEST = String(16)


class LedgerTable(SQLModel):
    """The base of all tables; constraints are named alike, so that migrations can refer to them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )


class RunRow(LedgerTable, table=True):
    """A run: how it began, where it is, how it ended, and which change sets it names."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "started_at"), Index(None, "store", "started_at"))

    run_id: str = Field(sa_column=Column(_NAME, primary_key=True))
    kind: RunKind = Field(sa_column=Column(word(RunKind), nullable=False))
    store: str = Field(sa_column=Column(_NAME, nullable=False))
    agent: str = Field(sa_column=Column(_NAME, nullable=False))
    template: str = Field(sa_column=Column(_NAME, nullable=False))
    parameters: dict[str, str] = Field(
        sa_column=Column(PydanticJson(dict[str, str]), nullable=False)
    )
    requested_by: str = Field(sa_column=Column(_NAME, nullable=False))
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    undoes: str | None = Field(default=None, sa_column=Column(_NAME))
    stage: Stage = Field(sa_column=Column(word(Stage), nullable=False))
    status: RunStatus = Field(sa_column=Column(word(RunStatus), nullable=False))
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    exit_code: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    digest: str | None = Field(default=None, sa_column=Column(_DIGEST))
    undo_digest: str | None = Field(default=None, sa_column=Column(_DIGEST))


class ControlRow(LedgerTable, table=True):
    """Whether a run may write; apart from `runs`, since a signal may come before the run's row."""

    __tablename__ = "controls"

    run_id: str = Field(sa_column=Column(_NAME, primary_key=True))
    control: Control = Field(sa_column=Column(word(Control), nullable=False))


class WaitRow(LedgerTable, table=True):
    """What a run waited for when one of its steps last noted it; over once its time has come."""

    __tablename__ = "waits"

    run_id: str = Field(sa_column=Column(_NAME, primary_key=True))
    until: datetime = Field(sa_column=Column(Instant, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))


class IntentRow(LedgerTable, table=True):
    """What the agent of a run proposes."""

    __tablename__ = "intents"

    run_id: str = Field(sa_column=Column(_NAME, ForeignKey("runs.run_id"), primary_key=True))
    intent: BaseModel = Field(sa_column=Column(PydanticJson(Intent), nullable=False))


class SnapshotRow(LedgerTable, table=True):
    """A catalogue snapshot, as zlib-compressed JSON, under the SHA-256 (hex) of that JSON."""

    __tablename__ = "snapshots"
    __table_args__ = (Index(None, "store", "taken_at"),)

    snapshot_digest: str = Field(sa_column=Column(_DIGEST, primary_key=True))
    store: str = Field(sa_column=Column(_NAME, nullable=False))
    selection: BaseModel = Field(sa_column=Column(PydanticJson(Selection), nullable=False))
    taken_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ChangeSetRow(LedgerTable, table=True):
    """A simulated change set, with what the simulation found out about it."""

    __tablename__ = "change_sets"

    run_id: str = Field(sa_column=Column(_NAME, ForeignKey("runs.run_id"), primary_key=True))
    digest: str = Field(sa_column=Column(_DIGEST, primary_key=True))
    store: str = Field(sa_column=Column(_NAME, nullable=False))
    changes: int = Field(sa_column=Column(Integer, nullable=False))
    simulated_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    simulation: BaseModel = Field(sa_column=Column(PydanticJson(Simulation), nullable=False))
    snapshot_digest: str | None = Field(
        default=None, sa_column=Column(_DIGEST, ForeignKey("snapshots.snapshot_digest"))
    )


class ChangeRow(LedgerTable, table=True):
    """A change of a change set: what it is, what was predicted, and what became of it."""

    __tablename__ = "changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "digest"],
            ["change_sets.run_id", "change_sets.digest"],
            name="fk_changes_change_sets",
        ),
    )

    run_id: str = Field(sa_column=Column(_NAME, primary_key=True))
    digest: str = Field(sa_column=Column(_DIGEST, primary_key=True))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    resource_kind: ResourceKind = Field(sa_column=Column(word(ResourceKind), nullable=False))
    resource_id: str = Field(sa_column=Column(Text, nullable=False))
    field: FieldName = Field(sa_column=Column(word(FieldName), nullable=False))
    product_id: str = Field(sa_column=Column(Text, nullable=False))
    label: str = Field(sa_column=Column(Text, nullable=False))
    before: Any = Field(sa_column=Column(PydanticJson(Value), nullable=False))
    after: Any = Field(sa_column=Column(PydanticJson(Value), nullable=False))
    predicted_outcome: Outcome | None = Field(default=None, sa_column=Column(word(Outcome)))
    predicted_reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    predicted_request: int | None = Field(default=None, sa_column=Column(Integer))
    outcome: Outcome = Field(sa_column=Column(word(Outcome), nullable=False))
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    live: Any = Field(default=None, sa_column=Column(PydanticJson(Value)))
    key: str = Field(default="", sa_column=Column(_NAME, nullable=False, server_default=""))
    key_label: str = Field(default="", sa_column=Column(_NAME, nullable=False, server_default=""))
    predicted_digest: str | None = Field(default=None, sa_column=Column(_SHORT_DIGEST))
    sent_digest: str | None = Field(default=None, sa_column=Column(_SHORT_DIGEST))


class ApproverRow(LedgerTable, table=True):
    """A person who may decide; `identity` is the name by which the same person is told again."""

    __tablename__ = "approvers"

    identity: str = Field(sa_column=Column(_NAME, primary_key=True))
    name: str = Field(sa_column=Column(_NAME, nullable=False))
    roles: Any = Field(sa_column=Column(PydanticJson(tuple[str, ...]), nullable=False))
    added_by: str = Field(sa_column=Column(_NAME, nullable=False))
    added_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    revoked_by: str | None = Field(default=None, sa_column=Column(_NAME))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant))


class ClaimHolderRow(LedgerTable, table=True):
    """A run that holds claims on the change set `digest`, which is empty once it has ended.

    Until `makes_way_until` it begins no write, as the undo `makes_way_for` wants its fields.
    """

    __tablename__ = "claim_holders"
    __table_args__ = (Index(None, "store"),)

    run_id: str = Field(sa_column=Column(_NAME, primary_key=True))
    store: str = Field(sa_column=Column(_NAME, nullable=False))
    digest: str = Field(sa_column=Column(_DIGEST, nullable=False))
    is_complete: bool = Field(sa_column=Column(Boolean, nullable=False))
    undo: bool = Field(sa_column=Column(Boolean, nullable=False))
    makes_way_for: str | None = Field(default=None, sa_column=Column(_NAME))
    makes_way_until: datetime | None = Field(default=None, sa_column=Column(Instant))


class ClaimLeaseRow(LedgerTable, table=True):
    """That writes of one step of a run may be on their way, at least until `lapses_at`.

    `origin` is by what the store knows the step's piece of work, see `steward.execution`.
    """

    __tablename__ = "claim_leases"

    run_id: str = Field(sa_column=Column(_NAME, primary_key=True))
    lease: str = Field(sa_column=Column(String(32), primary_key=True))
    origin: str = Field(sa_column=Column(_NAME, nullable=False))
    lapses_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class ClaimRow(LedgerTable, table=True):
    """That a run, and nobody else, may write a field.

    There is no index by run: a store's claims are those of its few running runs.
    """

    __tablename__ = "claims"
    # The key is nearly all there is, so SQLite keeps it once.
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: str = Field(sa_column=Column(_NAME, primary_key=True))
    resource_kind: ResourceKind = Field(sa_column=Column(word(ResourceKind), primary_key=True))
    resource_id: str = Field(sa_column=Column(Text, primary_key=True))
    field: FieldName = Field(sa_column=Column(word(FieldName), primary_key=True))
    key: str = Field(sa_column=Column(_NAME, primary_key=True))
    run_id: str = Field(sa_column=Column(_NAME, nullable=False))


class DecisionRow(LedgerTable, table=True):
    """A decision, counted or refused; a refused one may name a run that does not exist.

    `fingerprint` is the SHA-256 (hex) of the whole record, which keeps a repetition out.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "run_id"),)

    decision_id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    fingerprint: str = Field(sa_column=Column(_DIGEST, nullable=False, unique=True))
    run_id: str = Field(sa_column=Column(Text, nullable=False))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    verdict: DecisionVerdict = Field(sa_column=Column(word(DecisionVerdict), nullable=False))
    decided_by: str = Field(sa_column=Column(Text, nullable=False))
    comment: str = Field(default="", sa_column=Column(Text, nullable=False))
    door: Door = Field(sa_column=Column(word(Door), nullable=False))
    decided_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    refusal: DecisionRefusal | None = Field(default=None, sa_column=Column(word(DecisionRefusal)))


class AuditRow(LedgerTable, table=True):
    """An entry of a store's audit trail, bound by its hash to everything before it.

    The database itself refuses to change or to delete one.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("uq_audit_store_key", "store", "key", unique=True),
        Index(None, "store", "run_id"),
        Index(None, "at"),
    )

    store: str = Field(sa_column=Column(_NAME, primary_key=True))
    sequence: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    key: str = Field(sa_column=Column(Text, nullable=False))
    run_id: str = Field(sa_column=Column(Text, nullable=False))
    kind: AuditKind = Field(sa_column=Column(word(AuditKind), nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    previous_hash: str = Field(sa_column=Column(_DIGEST, nullable=False))
    hash: str = Field(sa_column=Column(_DIGEST, nullable=False))
    facts: Any = Field(default=None, sa_column=Column(PydanticJson(dict[str, JsonValue])))


class AuditHeadRow(LedgerTable, table=True):
    """How long a store's audit trail is and where it ends; writers queue up for this row."""

    __tablename__ = "audit_heads"

    store: str = Field(sa_column=Column(_NAME, primary_key=True))
    length: int = Field(sa_column=Column(Integer, nullable=False))
    hash: str = Field(sa_column=Column(_DIGEST, nullable=False))


def _table(name: str) -> Table:
    return LedgerTable.metadata.tables[name]


RUNS = _table("runs")
CONTROLS = _table("controls")
WAITS = _table("waits")
INTENTS = _table("intents")
SNAPSHOTS = _table("snapshots")
CHANGE_SETS = _table("change_sets")
CHANGES = _table("changes")
CLAIM_HOLDERS = _table("claim_holders")
CLAIM_LEASES = _table("claim_leases")
CLAIMS = _table("claims")
DECISIONS = _table("decisions")
APPROVERS = _table("approvers")
AUDIT = _table("audit")
AUDIT_HEADS = _table("audit_heads")
