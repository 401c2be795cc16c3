"""The audit trail holds facts for programs, and refuses to be changed, shortened or forked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TRAIL = "the audit trail is only ever appended to"
_HEAD = "the head of an audit trail only ever moves on"


def upgrade() -> None:
    """Add the facts, an index by time, and the triggers."""
    op.add_column("audit", sa.Column("facts", sa.Text(), nullable=True))
    op.create_index("ix_audit_at", "audit", ["at"])
    statements = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Refuse, as the trail could then be changed without a trace."""
    raise NotImplementedError("The audit trail stays append-only.")


_SQLITE = (
    f"""
    CREATE TRIGGER audit_keeps_entries BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, '{_TRAIL}'); END
    """,
    f"""
    CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, '{_TRAIL}'); END
    """,
    """
    CREATE TRIGGER audit_continues BEFORE INSERT ON audit
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_heads WHERE store = NEW.store
        AND length = NEW.sequence - 1 AND hash = NEW.previous_hash
    )
    BEGIN SELECT RAISE(ABORT, 'an entry only ever follows the head'); END
    """,
    """
    CREATE TRIGGER audit_moves_head AFTER INSERT ON audit
    BEGIN
        UPDATE audit_heads SET length = NEW.sequence, hash = NEW.hash WHERE store = NEW.store;
    END
    """,
    f"""
    CREATE TRIGGER audit_heads_move_on BEFORE UPDATE ON audit_heads
    WHEN NEW.store IS NOT OLD.store OR NEW.length <= OLD.length
    BEGIN SELECT RAISE(ABORT, '{_HEAD}'); END
    """,
    f"""
    CREATE TRIGGER audit_heads_stay BEFORE DELETE ON audit_heads
    BEGIN SELECT RAISE(ABORT, '{_HEAD}'); END
    """,
)

_POSTGRESQL = (
    f"""
    CREATE FUNCTION refuse_to_change_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_TRAIL}'; END $$
    """,
    f"""
    CREATE FUNCTION refuse_to_take_audit_head_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND NEW.store = OLD.store AND NEW.length > OLD.length THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '{_HEAD}';
    END $$
    """,
    """
    CREATE FUNCTION move_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE audit_heads SET length = NEW.sequence, hash = NEW.hash WHERE store = NEW.store
        AND length = NEW.sequence - 1 AND hash = NEW.previous_hash;
        IF NOT FOUND THEN RAISE EXCEPTION 'an entry only ever follows the head'; END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER audit_moves_head AFTER INSERT ON audit
    FOR EACH ROW EXECUTE FUNCTION move_audit_head()
    """,
    """
    CREATE TRIGGER audit_loses_nothing BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_audit()
    """,
    """
    CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit()
    """,
    """
    CREATE TRIGGER audit_heads_move_on BEFORE UPDATE OR DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION refuse_to_take_audit_head_back()
    """,
    """
    CREATE TRIGGER audit_heads_are_not_emptied BEFORE TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_take_audit_head_back()
    """,
)
