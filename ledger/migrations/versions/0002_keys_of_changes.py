"""The key that tells apart the fields of which a resource has several, such as tags."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the key and its label; changes that are there have neither."""
    for name in ("key", "key_label"):
        op.add_column("changes", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Refuse, as changes would no longer say which tag or category they are about."""
    raise NotImplementedError("The keys of changes are never dropped.")
