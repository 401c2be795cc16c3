"""The first tables: runs, what they propose and change, who decides, and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "audit",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("store", "sequence", name="pk_audit"),
    )
    op.create_index("ix_audit_store_run_id", "audit", ["store", "run_id"])
    op.create_index("uq_audit_store_key", "audit", ["store", "key"], unique=True)
    op.create_table(
        "audit_heads",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("store", name="pk_audit_heads"),
    )
    op.create_table(
        "controls",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("control", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_controls"),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("decision_id", name="pk_decisions"),
        sa.UniqueConstraint("fingerprint", name="uq_decisions_fingerprint"),
    )
    op.create_index("ix_decisions_run_id", "decisions", ["run_id"])
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("undo_digest", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_index("ix_runs_store_started_at", "runs", ["store", "started_at"])
    op.create_table(
        "snapshots",
        sa.Column("snapshot_digest", sa.String(64), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_digest", name="pk_snapshots"),
    )
    op.create_index("ix_snapshots_store_taken_at", "snapshots", ["store", "taken_at"])
    op.create_table(
        "change_sets",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("simulated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("simulation", sa.Text(), nullable=False),
        sa.Column("snapshot_digest", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_change_sets_runs"),
        sa.ForeignKeyConstraint(
            ["snapshot_digest"], ["snapshots.snapshot_digest"], name="fk_change_sets_snapshots"
        ),
        sa.PrimaryKeyConstraint("run_id", "digest", name="pk_change_sets"),
    )
    op.create_table(
        "intents",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_intents_runs"),
        sa.PrimaryKeyConstraint("run_id", name="pk_intents"),
    )
    op.create_table(
        "changes",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("resource_kind", sa.String(32), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("predicted_outcome", sa.String(32), nullable=True),
        sa.Column("predicted_reason", sa.Text(), nullable=False),
        sa.Column("predicted_request", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("live", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id", "digest"],
            ["change_sets.run_id", "change_sets.digest"],
            name="fk_changes_change_sets",
        ),
        sa.PrimaryKeyConstraint("run_id", "digest", "ordinal", name="pk_changes"),
    )


def downgrade() -> None:
    """Refuse, as going back would mean to drop the record of what was done."""
    raise NotImplementedError("The ledger's tables are never dropped.")
