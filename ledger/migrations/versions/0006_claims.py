"""Claims: which run may write which field, and which steps may be writing."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of claims; runs that are there hold none until they next write."""
    op.create_table(
        "claim_holders",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("undo", sa.Boolean(), nullable=False),
        sa.Column("makes_way_for", sa.Text(), nullable=True),
        sa.Column("makes_way_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_claim_holders"),
    )
    op.create_index("ix_claim_holders_store", "claim_holders", ["store"])
    op.create_table(
        "claim_leases",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "lease", name="pk_claim_leases"),
    )
    op.create_table(
        "claims",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("resource_kind", sa.String(32), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "store", "resource_kind", "resource_id", "field", "key", name="pk_claims"
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Refuse, as runs would write the same fields at once again."""
    raise NotImplementedError("Claims are never dropped.")
