"""Which request was predicted to carry a change, and which one did."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the digests of the requests; of changes that are there they are not known."""
    for name in ("predicted_digest", "sent_digest"):
        op.add_column("changes", sa.Column(name, sa.String(16), nullable=True))


def downgrade() -> None:
    """Drop the digests, on which no other record relies."""
    for name in ("predicted_digest", "sent_digest"):
        op.drop_column("changes", name)
