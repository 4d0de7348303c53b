"""Sessions are rows, links have a purpose, accounts have second factors, and words sent too late wait for their writer.

Revision: 013
Follows: 012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import coachdesk.db

revision = "013"
down_revision = "012"
branch_labels = None
depends_on = None

_COLUMNS = "id, user_id, token_digest, made_at, made_by, ends_at, used_at"


def upgrade() -> None:
    with op.batch_alter_table("user_account") as batch_op:
        batch_op.add_column(sa.Column("fs_webauthn_user_handle", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("tf_primary_method", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("tf_totp_secret", coachdesk.db.EncryptedText(), nullable=True))
        batch_op.add_column(sa.Column("totp_counter", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("mf_recovery_codes", coachdesk.db.EncryptedJson(), nullable=True))
        batch_op.add_column(sa.Column("passphrase_is_short", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_unique_constraint(op.f("uq_user_account_fs_webauthn_user_handle"), ["fs_webauthn_user_handle"])
    with op.batch_alter_table("user_account") as batch_op:
        batch_op.alter_column("passphrase_is_short", server_default=None)
    op.create_table(
        "passkey",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("name", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=64), nullable=False),
        sa.Column("extensions", sa.String(length=255), nullable=True),
        sa.Column("usage", sa.String(length=20), nullable=False),
        sa.Column("created_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("lastuse_datetime", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_passkey_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"])
    op.create_table(
        "user_session",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("began_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("seen_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("fresh_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("own_device", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("ended_at", coachdesk.db.Moment(), nullable=True),
        sa.Column(
            "ended_why",
            sa.Enum(
                "signed_out",
                "time",
                "elsewhere",
                "rights",
                "replaced",
                name="ended_why",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
    )
    op.create_index("ix_user_session_user", "user_session", ["user_id", "ended_at"])
    op.create_index(op.f("ix_user_session_ended_at"), "user_session", ["ended_at"])
    _links()
    op.create_table(
        "unsent",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("path", coachdesk.db.EncryptedText(), nullable=False),
        sa.Column("fields", coachdesk.db.EncryptedJson(), nullable=False),
        sa.Column("kept_at", coachdesk.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_unsent_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsent")),
    )
    op.create_index(op.f("ix_unsent_user_id"), "unsent", ["user_id"])
    op.create_index(op.f("ix_unsent_kept_at"), "unsent", ["kept_at"])


def _links() -> None:
    op.create_table(
        "one_time_link",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "invitation",
                "return",
                "second_factor",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ends_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("used_at", coachdesk.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_one_time_link_token_digest")),
    )
    op.create_index(op.f("ix_one_time_link_user_id"), "one_time_link", ["user_id"])
    op.create_index(op.f("ix_one_time_link_ends_at"), "one_time_link", ["ends_at"])
    op.execute(f"INSERT INTO one_time_link ({_COLUMNS}, purpose) SELECT {_COLUMNS}, 'invitation' FROM invitation")  # noqa: S608
    op.drop_table("invitation")


def downgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", coachdesk.db.Key(), nullable=False),
        sa.Column("user_id", coachdesk.db.Key(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("made_by", coachdesk.db.Key(), nullable=False),
        sa.Column("ends_at", coachdesk.db.Moment(), nullable=False),
        sa.Column("used_at", coachdesk.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_invitation_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    op.create_index(op.f("ix_invitation_user_id"), "invitation", ["user_id"])
    op.execute(  # links of other kinds have no place before this revision
        f"INSERT INTO invitation ({_COLUMNS}) SELECT {_COLUMNS} FROM one_time_link WHERE purpose = 'invitation'"  # noqa: S608
    )
    for table in ("one_time_link", "unsent", "user_session", "passkey"):
        op.drop_table(table)
    with op.batch_alter_table("user_account") as batch_op:
        batch_op.drop_constraint(op.f("uq_user_account_fs_webauthn_user_handle"), type_="unique")
        for name in (
            "passphrase_is_short",
            "mf_recovery_codes",
            "totp_counter",
            "tf_totp_secret",
            "tf_primary_method",
            "fs_webauthn_user_handle",
        ):
            batch_op.drop_column(name)
